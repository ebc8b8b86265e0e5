import { randomBytes } from "node:crypto";

/**
 * A network that holds this machine and one program: to it, we come from another host. Nothing outside the machine can
 * reach it.
 */
export const createOwnNetwork = () => {
  const id = randomBytes(3);
  const name = `real-${id.toString("hex")}`;
  const [ours, theirs] = [`${name}-a`, `${name}-b`];
  // A block of 198.18.0.0/15, which is set aside for tests.
  const prefix = `198.18.${id[0]}.`;
  const remove = () => void ip("netns", "delete", name);
  try {
    must("netns", "add", name);
    must("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name);
    must("address", "add", `${prefix}1/30`, "dev", ours);
    must("link", "set", ours, "up");
    must("-n", name, "address", "add", `${prefix}2/30`, "dev", theirs);
    must("-n", name, "link", "set", theirs, "up");
    must("-n", name, "link", "set", "lo", "up");
  } catch (error) {
    remove();
    throw error;
  }
  return {
    /** The program's address. */
    address: `${prefix}2`,
    /** Goes before its command line. */
    within: ["ip", "netns", "exec", name],
    remove,
  };
};

/** It takes iproute2 and root with all that root may do, which a container's often lacks: hence tried. */
export const canMakeNetworks = (): boolean => {
  if (Bun.which("ip") === null) return false;
  try {
    createOwnNetwork().remove();
    return true;
  } catch {
    return false;
  }
};

const ip = (...args: string[]) => Bun.spawnSync(["ip", ...args], { stderr: "pipe" });

const must = (...args: string[]): void => {
  const { exitCode, stderr } = ip(...args);
  if (exitCode !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
};
