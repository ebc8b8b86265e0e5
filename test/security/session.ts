import { type Attack, must, mustAnswer, type Target } from "./attack.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** Logs in as the page's form does. @returns the answer, whose cookie is the session. */
export const logIn = ({ call, host, service }: Target, next = "/web/jobs"): Promise<Response> =>
  call("/web/login", {
    method: "POST",
    headers: { ...FORM, origin: `http://${host}` },
    body: new URLSearchParams({ token: service.apiToken, next }).toString(),
  });

export const cookieOf = (answer: Response): string => answer.headers.get("set-cookie")?.split(";")[0] ?? "";

const theft: Attack = {
  row: "Session theft",
  name: "by script, by another site, from a file, by fixation, forgery, and after the logout",
  async run(target) {
    const { call, host, service } = target;
    const answer = await logIn(target);
    const setCookie = answer.headers.get("set-cookie") ?? "";
    must(/; HttpOnly/.test(setCookie) && /; SameSite=Strict/.test(setCookie) && !/Domain=/i.test(setCookie), setCookie);
    must(!setCookie.includes(service.apiToken), "the cookie holds the token");
    const cookie = cookieOf(answer);
    const [name, key = ""] = cookie.split("=");
    must(key.length >= 43, `a key of ${key.length} characters`);
    const read = async (value: string) => (await call("/web/jobs", { headers: { cookie: value } })).status;
    must((await read(cookie)) === 200, "the session does not work");
    const forged = [
      `${name}=`,
      `${name}=${"A".repeat(43)}`,
      `${name}=${key.slice(0, -1)}`,
      `${name}=${service.apiToken}`,
      `${name}=${cookie}`,
    ];
    for (const value of forged) must((await read(value)) === 303, `${value.slice(0, 60)} is a session`);
    // A key that somebody else has chosen is not the one that a login opens.
    const fixed = `${name}=${"B".repeat(43)}`;
    await call("/web/login", {
      method: "POST",
      headers: { ...FORM, origin: `http://${host}`, cookie: fixed },
      body: new URLSearchParams({ token: service.apiToken, next: "/web/jobs" }).toString(),
    });
    must((await read(fixed)) === 303, "a chosen key became a session");
    for (const path of ["/api/v1/status", "/api/v1/executor/jobs"]) {
      await mustAnswer(await call(path, { headers: { cookie } }), 401, "auth_failed");
    }
    const write = { method: "POST", headers: { ...FORM, cookie, origin: "http://evil.example" }, body: "task=x" };
    await mustAnswer(await call("/web/new-job", write), 403, "origin_not_allowed");
    await call("/web/logout", { method: "POST", headers: { cookie, origin: `http://${host}` } });
    must((await read(cookie)) === 303, "the session lives on after the logout");
    return "HttpOnly, SameSite=Strict, 256 bits; forged, fixed and ended keys are none; no cookie opens the API";
  },
};

const tossing: Attack = {
  row: "Session theft",
  name: "cookies of the session's name that another site of the host has set, before the session's own",
  async run(target) {
    const cookie = cookieOf(await logIn(target));
    const [name = ""] = cookie.split("=");
    const read = async (value: string) => (await target.call("/web/jobs", { headers: { cookie: value } })).status;
    const tossed = [
      `${name}=bogus`,
      `${name}=${"B".repeat(43)}`,
      `${name}=`,
      `${name}="quoted"`,
      `${name}=${"x".repeat(4096)}`,
      `${name}=%E0%A4%A`,
      `${name.toUpperCase()}=x`,
      Array.from({ length: 150 }, () => `${name}=${"C".repeat(43)}`).join("; "),
    ];
    for (const bogus of tossed) {
      for (const both of [`${bogus}; ${cookie}`, `${cookie}; ${bogus}`]) {
        must((await read(both)) === 200, `shut out by ${bogus.slice(0, 60)}`);
      }
      must((await read(bogus)) === 303, `${bogus.slice(0, 60)} is a session`);
    }
    return `${tossed.length} kinds, before and behind: the session is found, none of them is one`;
  },
};

const openRedirect: Attack = {
  row: "Session theft",
  name: "a login that leads to another site",
  async run(target) {
    const places = [
      "http://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/web/../../evil",
      "javascript:alert(1)",
      "/web/x\r\nSet-Cookie: a=b",
      "https:evil.example",
      "/web//evil.example:80@x",
    ];
    for (const place of places) {
      const location = (await logIn(target, place)).headers.get("location") ?? "";
      must(
        /^\/web\/(?!\/)/.test(location) && new URL(location, target.service.url).host === target.host,
        `${place} led to ${location}`,
      );
    }
    return `${places.length} places lead to our own pages`;
  },
};

const loginGuess: Attack = {
  row: "Brute force",
  name: "guesses at the login, after those at the API",
  async run({ call, host, trusted }) {
    const startedAt = performance.now();
    const answer = await call("/web/login", {
      method: "POST",
      headers: { ...FORM, origin: `http://${host}` },
      body: "token=guess-guess-guess",
    });
    const seconds = (performance.now() - startedAt) / 1000;
    must(answer.status === 403 && seconds >= 4.9, `${answer.status} after ${seconds} s`);
    must((await trusted("/api/v1/executors")).status === 200, "the right token is refused");
    return `403 after ${seconds.toFixed(1)} s: both share one count`;
  },
};

const liveStreams: Attack = {
  row: "SSE exhaustion",
  name: "a logged-in page that opens streams without end, and asks 200 times for their headers",
  async run(target) {
    const { call } = target;
    const cookie = cookieOf(await logIn(target));
    const headers = { cookie, accept: "text/event-stream" };
    for (let n = 0; n < 200; n++) await call("/web/jobs-live", { method: "HEAD", headers });
    const stop = new AbortController();
    const statuses: number[] = [];
    for (let n = 0; n < 150; n++)
      statuses.push((await call("/web/jobs-live", { headers, signal: stop.signal })).status);
    stop.abort();
    const open = statuses.filter((status) => status === 200).length;
    must(open > 0 && open < 150 && statuses.every((status) => [200, 503].includes(status)), `${open} streams open`);
    await Bun.sleep(500);
    const again = await call("/web/jobs-live", { headers });
    await again.body?.cancel();
    must(again.status === 200, `after they left: ${again.status}`);
    return `${open} are served, the next get 503; a HEAD holds none; places come free`;
  },
};

export const sessionAttacks = [theft, tossing, openRedirect, liveStreams];
export const loginAttacks = [loginGuess];
