import { existsSync } from "node:fs";
import { join } from "node:path";
import { GATEWAY_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import { readUnit, type UnitReader, type UnitState } from "./unit-state.ts";

const MAX_AGE_MS = 5_000;

/** The gateway's systemd unit, for who looks while the gateway does not answer. */
export const createGatewayUnit = (reader: UnitReader) => {
  let state: UnitState | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  const isFresh = () => reader.clock.monotonicMs() - readAtMs < MAX_AGE_MS;

  return {
    /** Runs `systemctl`, at most every five seconds, where there is such a unit. */
    async refresh(): Promise<void> {
      if (isFresh() || !existsSync(join(UNIT_FOLDER, GATEWAY_UNIT))) return;
      readAtMs = reader.clock.monotonicMs();
      state = await readUnit(GATEWAY_UNIT, reader);
    },
    view: (): UnitState | null => (isFresh() && state) || null,
  };
};

export type GatewayUnit = ReturnType<typeof createGatewayUnit>;
