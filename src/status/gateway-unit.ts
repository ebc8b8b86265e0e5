import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@/lib/clock.ts";
import { GATEWAY_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import { type ContainerReader, readContainer } from "./container-state.ts";
import { type HostCommands, isInDocker } from "./host-commands.ts";
import { readUnit, type UnitReader, type UnitState } from "./unit-state.ts";

const MAX_AGE_MS = 5_000;

/** The gateway's container or systemd unit, whichever this host runs; undefined where it has none. */
export const readGatewayUnit = async (
  host: HostCommands,
  reader: UnitReader & ContainerReader,
): Promise<UnitState | undefined> => {
  if (isInDocker(host)) return readContainer(reader);
  return existsSync(join(UNIT_FOLDER, GATEWAY_UNIT)) ? readUnit(GATEWAY_UNIT, reader) : undefined;
};

interface GatewayUnitDeps {
  read: () => Promise<UnitState | undefined>;
  clock: Clock;
}

/** The same for who looks while the gateway does not answer. */
export const createGatewayUnit = ({ read, clock }: GatewayUnitDeps) => {
  let state: UnitState | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  const isFresh = () => clock.monotonicMs() - readAtMs < MAX_AGE_MS;

  return {
    /** At most every five seconds. */
    async refresh(): Promise<void> {
      if (isFresh()) return;
      readAtMs = clock.monotonicMs();
      state = await read();
    },
    view: (): UnitState | null => (isFresh() && state) || null,
  };
};

export type GatewayUnit = ReturnType<typeof createGatewayUnit>;
