/** A client that works on until the server is dead, and says when something has happened. */
import { mkdirSync } from "node:fs";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { CrashServer } from "./server.ts";

const Submitted = z.object({ job_id: z.string() });
const Job = z.object({ job: z.object({ state: z.string() }) });

export type Moment = "submitted" | "running" | "canceled" | "finished";

/** Jobs that a client has in mind at once, so that the queue stays short enough to be worked through. */
const MAX_OPEN = 6;

interface ClientOptions {
  server: CrashServer;
  ledger: Ledger;
  random: Random;
  newName: () => string;
  /** Jobs that may not have ended yet; shared by the clients of one server after the other. */
  open: Set<string>;
  onMoment: (moment: Moment) => void;
}

export const createClient = ({ server, ledger, random, newName, open, onMoment }: ClientOptions) => {
  const submit = async (seconds = secondsOf(random)) => {
    const name = newName();
    const cwd = ledger.folderOf(name);
    mkdirSync(cwd, { recursive: true });
    const kind = random.chance(0.3) ? "daemon" : "plain";
    const answer = await server.request("/executor/jobs", { task: `${name} ${seconds} ${kind}`, cwd });
    if (answer?.status !== 200) return undefined;
    ledger.accepted(name, Submitted.parse(answer.body).job_id);
    open.add(name);
    onMoment("submitted");
    return name;
  };

  const look = async (name: string): Promise<string | undefined> => {
    const answer = await server.request(`/executor/jobs/${ledger.jobIdOf(name)}`);
    // Retention may have taken it; whether it was allowed to, the ledger says.
    if (answer?.status === 404) open.delete(name);
    if (answer?.status !== 200) return undefined;
    const { state } = Job.parse(answer.body).job;
    if (state === "running") onMoment("running");
    if (!["queued", "running"].includes(state)) {
      open.delete(name);
      onMoment("finished");
    }
    return state;
  };

  const cancel = async (name: string) => {
    ledger.askedCancel(name);
    const answer = await server.request(`/executor/jobs/${ledger.jobIdOf(name)}/cancel`, {});
    if (answer?.status !== 200) return;
    ledger.canceled(name, Job.parse(answer.body).job.state);
    onMoment("canceled");
  };

  return {
    submit,
    look,
    cancel,
    /** Submits, looks and cancels as the dice fall. */
    async actUntilDead() {
      while (!server.isDead()) {
        const names = [...open];
        const [oldest] = names;
        if (oldest === undefined || (names.length < MAX_OPEN && random.chance(0.4))) await submit();
        else if (random.chance(0.2)) await cancel(random.pick([oldest, ...names]));
        else await look(oldest);
        await Bun.sleep(random.between(0, 10));
      }
    },
  };
};

/** Mostly a moment, now and then longer than any server of this test lives. */
const secondsOf = (random: Random): number => (random.chance(0.15) ? 1 : Math.round(random.between(0, 60)) / 1000);
