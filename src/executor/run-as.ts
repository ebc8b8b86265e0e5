import { userInfo } from "node:os";
import type { Config } from "@/config.ts";
import type { Environment } from "@/lib/env-file.ts";
import { StartupError } from "@/lib/errors.ts";
import { accountNamed } from "@/lib/paths.ts";

export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** Who Codex runs as; undefined for the service's own user. */
export type RunAs = Pick<Account, "uid" | "gid"> | undefined;

interface RunAsOptions {
  /** EXECUTOR_USER; "" for the service's own user. */
  user: string;
  accountNamed: (name: string) => Account | undefined;
  ownUid: number;
  environment: Environment;
}

/**
 * Codex as another user, with that user's home: its jobs then cannot read our settings, our data or our memory.
 * @throws StartupError when there is no such user, or we may not become it.
 */
export const resolveRunAs = ({
  user,
  accountNamed,
  ownUid,
  environment,
}: RunAsOptions): { runAs: RunAs; environment: Environment } => {
  if (user === "") return { runAs: undefined, environment };
  const account = accountNamed(user);
  if (account === undefined) throw new StartupError(`EXECUTOR_USER names ${user}, but there is no such user.`);
  if (account.uid === 0) throw new StartupError("EXECUTOR_USER must not be root.");
  if (ownUid !== 0) throw new StartupError("EXECUTOR_USER needs the service to run as root; leave it blank otherwise.");
  const { name, uid, gid, home } = account;
  return { runAs: { uid, gid }, environment: { ...environment, HOME: home, USER: name, LOGNAME: name } };
};

/** As the settings say, on this machine. */
export const runAsFor = ({ executor, environment }: Pick<Config, "executor" | "environment">) =>
  resolveRunAs({ user: executor.user, accountNamed, ownUid: userInfo().uid, environment });
