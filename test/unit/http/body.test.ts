import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { readBody, readForm, sizeGuard, textOf } from "@/http/body.ts";
import type { AppEnv } from "@/http/env.ts";

const KIB = 1024;
const MIB = 1024 * 1024;
const URL_ENCODED = { "content-type": "application/x-www-form-urlencoded" };

const createHarness = () => {
  let turns = 0;
  const app = new Hono<AppEnv>()
    .use(async (c, next) => {
      c.set("turns", async () => void turns++);
      await next();
    })
    .use(sizeGuard())
    .post("/body/:max", async (c) => c.text((await readBody(c, Number(c.req.param("max")))).toString()))
    .post("/form/:max", async (c) => {
      const form = await readForm(c, { maxBytes: Number(c.req.param("max")) });
      return c.json([[...form.keys()].length, textOf(form, "a"), textOf(form, "file"), textOf(form, "none")]);
    })
    .all("*", (c) => c.text("in"));
  app.onError((error, c) => c.text(error.message, 400));
  const post = async (
    path: string,
    body?: RequestInit["body"],
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ) => {
    const init = { method: "POST", headers, ...(body !== undefined && { body }), ...(signal && { signal }) };
    return (await app.request(path, init)).text();
  };
  return { app, post, turns: () => turns };
};

const inChunks = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
      controller.close();
    },
  });

describe("before anything is read", () => {
  test("an address of 8 KiB passes, and one character more does not", async () => {
    const { app } = createHarness();
    const address = "http://localhost/?";
    const answerTo = async (length: number) =>
      (await app.request(address + "x".repeat(length - address.length))).text();
    expect(await answerTo(8192)).toBe("in");
    expect(await answerTo(8193)).toBe('uri_too_long {"limit":8192}');
  });

  test("a body of 20 MiB by its own word passes, and one byte more does not", async () => {
    const { post } = createHarness();
    const announced = (bytes: number) => post("/", undefined, { "content-length": String(bytes) });
    expect(await announced(20 * MIB)).toBe("in");
    expect(await announced(20 * MIB + 1)).toBe(`payload_too_large {"limit":${20 * MIB}}`);
  });
});

describe("what all requests hold", () => {
  /** Each request holds what its path says until `finish` is called. */
  const createHolder = () => {
    const finished = Promise.withResolvers<void>();
    const app = new Hono<AppEnv>().use(sizeGuard()).post("/:bytes", async (c) => {
      for (const bytes of c.req.param("bytes").split("+")) c.var.holdBytes(Number(bytes));
      await finished.promise;
      return c.text("done");
    });
    app.onError((error, c) => c.text(error.message, 400));
    const hold = async (...bytes: number[]) => (await app.request(`/${bytes.join("+")}`, { method: "POST" })).text();
    return { hold, finish: finished.resolve };
  };
  const TOO_BUSY = (mib: number) => `too_busy {"limit":"${mib} MiB"}`;

  test("is 48 MiB, beyond which only small bodies are taken, up to 64 MiB", async () => {
    const { hold, finish } = createHolder();
    const held = [hold(24 * MIB, 24 * MIB)];
    expect(await hold(64 * KIB, 1)).toBe(TOO_BUSY(48));
    for (let mib = 48; mib < 64; mib++) for (let part = 0; part < 16; part++) held.push(hold(64 * KIB));
    expect(await hold(1)).toBe(TOO_BUSY(64));
    finish();
    expect(new Set(await Promise.all(held))).toEqual(new Set(["done"]));
  });

  test("is given back when a request is answered or refused", async () => {
    const { hold, finish } = createHolder();
    for (const _ of [1, 2]) expect(await hold(24 * MIB, 25 * MIB)).toBe(TOO_BUSY(48));
    finish();
    for (const _ of [1, 2, 3]) expect(await hold(48 * MIB)).toBe("done");
  });
});

describe("a body", () => {
  test("is put together from its chunks, in a turn of its own", async () => {
    const { post, turns } = createHarness();
    expect(await post("/body/6", inChunks("abc", "d", "ef"))).toBe("abcdef");
    expect(turns()).toBe(1);
    expect(await post("/body/6")).toBe("");
  });

  test("may have as many bytes as its route allows, whether it says how many or not", async () => {
    const { post } = createHarness();
    const TOO_LARGE = 'payload_too_large {"limit":5}';
    expect(await post("/body/5", "abcde", { "content-length": "5" })).toBe("abcde");
    expect(await post("/body/5", "abcdef", { "content-length": "6" })).toBe(TOO_LARGE);
    expect(await post("/body/5", inChunks(), { "content-length": "6" })).toBe(TOO_LARGE);
    expect(await post("/body/5", inChunks("abc", "def"))).toBe(TOO_LARGE);
  });

  test("counts towards what all requests hold", async () => {
    const { post } = createHarness();
    const large = "x".repeat(25 * MIB);
    expect(await post(`/body/${100 * MIB}`, inChunks(large, large))).toBe('too_busy {"limit":"48 MiB"}');
  });

  test("that its sender cut off is bad input, while any other failure to read it is ours", async () => {
    const { post } = createHarness();
    const sender = new AbortController();
    const broken = () =>
      new ReadableStream({
        pull() {
          throw new Error("broken");
        },
      });
    expect(await post("/body/5", broken())).toBe("broken");
    sender.abort();
    expect(await post("/body/5", broken(), {}, sender.signal)).toBe('invalid_json {"reason":"the body was cut off"}');
  });
});

describe("a form", () => {
  const multipart = (fields: number, filler = "") => {
    const form = new FormData();
    for (let field = 1; field < fields; field++) form.append("a", "1");
    form.append("file", new File([filler], "x.csv"));
    return form;
  };

  test("is read in either encoding; what is missing or a file is no text", async () => {
    const { post, turns } = createHarness();
    expect(JSON.parse(await post("/form/1000", "a=1&b=2", URL_ENCODED))).toEqual([2, "1", "", ""]);
    expect(turns()).toBe(2);
    expect(JSON.parse(await post("/form/1000", multipart(2)))).toEqual([2, "1", "", ""]);
  });

  test("is known by its type, in any case and with parameters, and by nothing else", async () => {
    const { post } = createHarness();
    const typed = (type: string) => post("/form/1000", "a=1", { "content-type": type });
    for (const type of ["Application/X-WWW-Form-URLEncoded", "application/x-www-form-urlencoded ;charset=utf-8"]) {
      expect(await typed(type)).toBe('[1,"1","",""]');
    }
    for (const type of [
      "text/plain",
      "",
      "application/x-www-form-urlencoded2",
      "x-application/x-www-form-urlencoded",
    ]) {
      expect(await typed(type)).toBe("unsupported_media_type {}");
    }
    expect(await post("/form/1000", Buffer.from("a=1"))).toBe("unsupported_media_type {}");
  });

  test("has the size that its page allows; one that is encoded as an address, no more than 256 KiB", async () => {
    const { post } = createHarness();
    const ofBytes = (bytes: number) => `a=${"x".repeat(bytes - 2)}`;
    expect(await post("/form/5", ofBytes(5), URL_ENCODED)).toBe('[1,"xxx","",""]');
    expect(await post("/form/5", ofBytes(6), URL_ENCODED)).toBe('payload_too_large {"limit":5}');
    expect(await post(`/form/${MIB}`, ofBytes(256 * KIB), URL_ENCODED)).toStartWith("[1,");
    const TOO_LARGE = `payload_too_large {"limit":${256 * KIB}}`;
    expect(await post(`/form/${MIB}`, ofBytes(256 * KIB + 1), URL_ENCODED)).toBe(TOO_LARGE);
    expect(await post(`/form/${MIB}`, multipart(1, "x".repeat(512 * KIB)))).toBe('[1,"","",""]');
    expect(await post(`/form/${256 * KIB}`, multipart(1, "x".repeat(512 * KIB)))).toBe(TOO_LARGE);
  });

  test("with files has a hundred fields at most, however its boundary is written", async () => {
    const { post } = createHarness();
    expect(await post(`/form/${MIB}`, multipart(100))).toBe('[100,"1","",""]');
    expect(await post(`/form/${MIB}`, multipart(101))).toBe('invalid_request {"fields":"form"}');
    const body = (fields: number) =>
      `${'--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(fields)}--b--\r\n`;
    for (const type of ['multipart/form-data; boundary="b"', "MULTIPART/FORM-DATA; BOUNDARY=b; charset=utf-8"]) {
      expect(await post(`/form/${MIB}`, body(2), { "content-type": type })).toBe('[2,"1","",""]');
      expect(await post(`/form/${MIB}`, body(101), { "content-type": type })).toBe('invalid_request {"fields":"form"}');
    }
  });

  test("that is none is bad input", async () => {
    const { post } = createHarness();
    for (const type of ["multipart/form-data", "multipart/form-data; boundary=b"]) {
      expect(await post("/form/100", "a=1", { "content-type": type })).toBe('invalid_request {"fields":"form"}');
    }
  });
});
