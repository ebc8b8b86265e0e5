/** What can be read; the walk over every route of the app's own table is test/integration/route-guards.test.ts. */
export const PAGE_PATHS = ["/", "/web/status", "/web/models", "/docs", "/openapi.json"];
export const API_PATHS = [
  "/api/v1/status",
  "/api/v1/executors",
  "/api/v1/models",
  "/api/v1/models/history",
  "/api/v1/executor/jobs",
];
