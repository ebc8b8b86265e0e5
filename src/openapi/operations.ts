import { apiOperations } from "./api-operations.ts";
import { openOperations } from "./open-operations.ts";
import type { Operation } from "./operation.ts";
import { pageOperations } from "./page-operations.ts";

export const operations: readonly Operation[] = [...openOperations, ...pageOperations, ...apiOperations];

interface RouteName {
  method: string;
  path: string;
}

/** A route's path as OpenAPI writes it: `/jobs/:jobId` is `/jobs/{job_id}`. */
export const documentedPath = (path: string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => `{${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}}`);

export const operationOf = ({ method, path }: RouteName): Operation | undefined =>
  operations.find((operation) => operation.method === method && operation.path === documentedPath(path));
