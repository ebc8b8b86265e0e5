import type { AuditQuery } from "@/audit/reader.ts";

/** What the page and its event stream are asked with. */
export const auditQuery = (query: AuditQuery): string => {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
};
