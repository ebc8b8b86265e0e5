import { describe, expect, test } from "bun:test";
import { systemClock } from "@/lib/clock.ts";
import { createAstrbotApi } from "@/models/astrbot/api.ts";
import { listenHttp, unusedUrl } from "../../gateway/harness.ts";

const KEY = "abk_0123456789";
const OLD_PAGE =
  "404 Not found。如果你初次使用打开面板发现 404, 请参考文档: https://astrbot.app/faq.html。如果你正在测试回调地址可达性，显示这段文字说明测试成功了。";

const error = (status: number, message: string) => Response.json({ status: "error", message }, { status });
const read = (url: string, key = KEY) =>
  createAstrbotApi({ url, key, fetch: globalThis.fetch, clock: systemClock }).read();

describe("AstrBot's API", () => {
  test("is asked for both lists with the key in one header", async () => {
    const data = { providers: [{ id: "a" }], provider_sources: [{ id: "s" }], model_metadata: {} };
    using server = listenHttp(() => Response.json({ status: "ok", message: null, data }));

    expect(await read(server.url)).toEqual({
      kind: "json",
      value: { provider: [{ id: "a" }], provider_sources: [{ id: "s" }] },
    });
    expect(server.requests.map(({ path }) => path).sort()).toEqual(["/api/v1/provider-sources", "/api/v1/providers"]);
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${KEY}`]));
  });

  test.each([
    ["a wrong key", () => error(401, "Invalid API key"), "denied", "wrong_key"],
    ["a key without the scope", () => error(403, "Insufficient API key scope"), "denied", "missing_scope"],
    ["v4.18 to v4.25", () => new Response(OLD_PAGE), "broken", "too_old"],
    ["v4.25 with the right status", () => new Response(OLD_PAGE, { status: 404 }), "broken", "too_old"],
    ["v4.26 without that path", () => error(404, "Not Found"), "broken", "too_old"],
    ["before v4.18", () => error(401, "Token 无效"), "broken", "too_old"],
    ["before v4.18, with 200", () => error(200, "未授权"), "broken", "too_old"],
    ["a failure of its own", () => error(500, "Internal server error"), "broken", "server_error"],
    ["another program's 401", () => new Response("Unauthorized", { status: 401 }), "broken", "not_astrbot"],
    ["another program's JSON", () => Response.json({ error: "no" }, { status: 403 }), "broken", "not_astrbot"],
    ["a page", () => new Response("<html>404 Not found</html>", { status: 404 }), "broken", "not_astrbot"],
    ["a web app's page", () => new Response("<!doctype html>"), "broken", "not_astrbot"],
    ["a list", () => Response.json([]), "broken", "not_astrbot"],
    ["a proxy with nobody behind it", () => new Response("", { status: 502 }), "broken", "not_astrbot"],
    ["a redirect", () => Response.redirect("http://elsewhere/"), "broken", "not_astrbot"],
    ["an answer without the list", () => Response.json({ status: "ok", data: {} }), "broken", "wrong_shape"],
    ["an object for a list", () => Response.json({ data: { providers: {} } }), "broken", "wrong_shape"],
    [
      "fifty thousand models",
      () => Response.json({ status: "ok", data: { providers: Array.from({ length: 50_000 }, (_, id) => ({ id })) } }),
      "broken",
      "too_large",
    ],
    ["no data", () => Response.json({ status: "ok", data: null }), "broken", "not_astrbot"],
    ["an endless answer", () => new Response(`"${"x".repeat(9 * 1024 * 1024)}"`), "broken", "too_large"],
  ])("says what is wrong: %s", async (_name, answer, kind, fault) => {
    using server = listenHttp(answer);

    const result = await read(server.url);

    expect(result).toMatchObject({ kind, fault });
    expect(JSON.stringify(result)).not.toContain(KEY);
  });

  test("is not asked without a key, and reaches nobody where nobody listens", async () => {
    const url = await unusedUrl();
    expect(await read(url, "")).toEqual({ kind: "denied", fault: "no_key" });
    expect(await read(url)).toEqual({ kind: "missing", fault: "unreachable", detail: "refused" });
  });
});
