import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toAnswer } from "@/gateway/answer.ts";
import {
  classify,
  classifyTurn,
  errorTypes,
  type ProbeDetail,
  type ProbeErrorType,
  toResult,
} from "@/gateway/classify.ts";
import { systemClock } from "@/lib/clock.ts";
import { failureOf } from "@/lib/http.ts";
import { diagnose } from "@/status/diagnose.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dir, "../../fixtures/gateway", name), "utf8");

const JSON_TYPE = "application/json; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";
const error = (type: string, code?: string) => JSON.stringify({ error: { message: "…", type, code } });

const answerOf = (status: number, contentType: string, text: string) =>
  toAnswer({ status, headers: new Headers({ "content-type": contentType }) }, text, "http://gateway/", systemClock);

type Row = [name: string, status: number, contentType: string, text: string, ProbeErrorType, ProbeDetail];

const rows: Row[] = [
  ["the refusal of an empty request", 400, JSON_TYPE, error("invalid_request_error"), "", ""],
  ["400 of another kind", 400, JSON_TYPE, error("other"), "unknown", "unexpected_answer"],
  ["400 that only looks like it", 400, TEXT_TYPE, error("invalid_request_error"), "unknown", "unexpected_answer"],
  ["401", 401, JSON_TYPE, error("unauthorized"), "auth_failed", "unauthorized"],
  ["403 without a body", 403, "", "", "auth_failed", "unauthorized"],
  [
    "401 that a model's provider sent",
    401,
    JSON_TYPE,
    fixture("gateway-2026.9.6-json-401-upstream.json"),
    "unknown",
    "upstream_model_error",
  ],
  ["lock-out after wrong tokens", 429, JSON_TYPE, error("rate_limited"), "auth_failed", "rate_limited"],
  ["429 of somebody else", 429, TEXT_TYPE, "slow down", "unknown", "unexpected_answer"],
  ["404", 404, TEXT_TYPE, "Not Found", "responses_endpoint_not_enabled_or_not_found", "endpoint_disabled"],
  ["405", 405, TEXT_TYPE, "Method Not Allowed", "responses_endpoint_not_enabled_or_not_found", "endpoint_disabled"],
  ["the web app", 200, "text/html", "<html>", "responses_endpoint_not_enabled_or_not_found", "endpoint_disabled"],
  ["200 in JSON", 200, JSON_TYPE, "{}", "unknown", "unexpected_answer"],
  ["starting", 503, TEXT_TYPE, "Plugin runtime is starting", "network_or_unreachable", "gateway_starting"],
  ["draining", 503, JSON_TYPE, error("service_unavailable"), "network_or_unreachable", "draining"],
  ["draining, by code", 503, JSON_TYPE, error("x", "gateway_unavailable"), "network_or_unreachable", "draining"],
  ["503 of a reverse proxy", 503, "text/html", "<h1>starting</h1>", "network_or_unreachable", "proxy_down"],
  ["500 in JSON", 500, JSON_TYPE, error("api_error"), "unknown", "unexpected_answer"],
  ["JSON that is none", 400, JSON_TYPE, "{", "unknown", "unexpected_answer"],
  ["JSON of a wrong shape", 400, JSON_TYPE, '{"error":"invalid_request_error"}', "unknown", "unexpected_answer"],
  ["a redirect", 307, "", "", "unknown", "unexpected_answer"],
  ["words in the body", 500, TEXT_TYPE, "unauthorized timeout refused", "unknown", "unexpected_answer"],
];

describe("an answer to a turn is classed by its shape too:", () => {
  const rows: [name: string, status: number, contentType: string, text: string, ProbeDetail][] = [
    ["a result", 200, JSON_TYPE, '{"object":"response","status":"completed","usage":{"total_tokens":7}}', ""],
    [
      "2026.2.9's failure in words",
      200,
      JSON_TYPE,
      fixture("gateway-2026.2.9-json-provider-down.json"),
      "upstream_model_error",
    ],
    [
      "2026.2.9 without a key",
      500,
      JSON_TYPE,
      fixture("gateway-2026.2.9-json-500-no-credentials.json"),
      "upstream_model_error",
    ],
    [
      "2026.9.6 without a key",
      401,
      JSON_TYPE,
      fixture("gateway-2026.9.6-json-401-upstream.json"),
      "upstream_model_error",
    ],
    [
      "a model limited by its provider",
      429,
      JSON_TYPE,
      '{"object":"response","status":"failed"}',
      "upstream_model_error",
    ],
    ["an error of the gateway", 500, JSON_TYPE, error("api_error"), "upstream_model_error"],
    ["draining", 503, JSON_TYPE, error("service_unavailable"), "draining"],
    ["starting", 503, TEXT_TYPE, "Plugin runtime is starting", "gateway_starting"],
    ["our own wrong token", 401, JSON_TYPE, error("unauthorized"), "unauthorized"],
    ["a lock-out", 429, JSON_TYPE, error("rate_limited"), "rate_limited"],
    ["a wrong request", 400, JSON_TYPE, error("invalid_request_error"), "request_refused"],
    ["the web app", 200, "text/html", "<html>", "endpoint_disabled"],
    ["a proxy's page", 502, "text/html", "<html>", "proxy_down"],
  ];

  test.each(rows)("%s", (_name, status, contentType, text, detail) => {
    expect(classifyTurn(answerOf(status, contentType, text))).toBe(detail);
  });

  test("a model may speak of errors as long as it has counted its tokens", () => {
    const text = JSON.stringify({
      object: "response",
      status: "completed",
      output: [{ content: [{ text: "HTTP 500 means a server error." }] }],
      usage: { total_tokens: 20 },
    });

    expect(classifyTurn(answerOf(200, JSON_TYPE, text))).toBe("");
  });
});

describe("an answer is classed by what it is, not by words in it:", () => {
  test.each(rows)("%s", (_name, status, contentType, text, errorType, detail) => {
    const classified = classify(answerOf(status, contentType, text));

    expect([errorTypes[classified], classified]).toEqual([errorType, detail]);
  });
});

describe("what is wrong with a certificate is told apart:", () => {
  test.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "gateway_certificate"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "gateway_certificate"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "gateway_certificate"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "gateway_certificate"],
    ["CERT_REVOKED", "gateway_certificate"],
    ["CERT_HAS_EXPIRED", "gateway_certificate_date"],
    ["CERT_NOT_YET_VALID", "gateway_certificate_date"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "gateway_certificate_name"],
    ["HOSTNAME_MISMATCH", "gateway_certificate_name"],
  ])("%s", (code, kind) => {
    const { detail, message } = failureOf(Object.assign(new Error("…"), { code }));

    expect([detail, message]).toEqual(["certificate", `${code}: …`]);
    const sidecar_probe = { ok: false, ...toResult(0, detail, message), checked_at: null, latency_ms: null };
    expect(diagnose({ sidecar_probe })).toMatchObject([{ kind, severity: "fault" }]);
  });
});
