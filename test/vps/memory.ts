/** What each part of the server takes at each step, as seen while one waits. */

/** One line of figures in MiB. The job's groups lie below the service's. */
const SAMPLE = `
anon() { cat "$@" 2>/dev/null | awk '/^anon / { sum += $2 } END { printf "%d ", sum / 1048576 }'; }
groups=/sys/fs/cgroup/system.slice
awk '/^MemAvailable/ { printf "%d ", $2 / 1024 } /^SwapTotal/ { swap = $2 } /^SwapFree/ { printf "%d ", (swap - $2) / 1024 }' /proc/meminfo
anon $groups/openclaw-assistant-backend.service/service/memory.stat
anon $groups/openclaw-assistant-backend.service/job-*/memory.stat
anon $groups/openclaw-gateway.service/memory.stat`;

interface Figures {
  available: number;
  swapped: number;
  service: number;
  job: number;
  gateway: number;
}

const COLUMNS = ["available", "swapped", "service", "job", "gateway"] as const;

export const createMemoryTable = (run: (line: string) => Promise<{ code: number; out: string }>) => {
  const steps: [name: string, worst: Figures, last: Figures][] = [];

  return {
    /** Takes the figures of the step under way. */
    async sample(): Promise<Figures | undefined> {
      const { code, out } = await run(SAMPLE);
      const [available = 0, swapped = 0, service = 0, job = 0, gateway = 0] = out.split(" ").map(Number);
      const step = steps.at(-1);
      if (code !== 0 || available === 0 || !step) return undefined;
      const now = { available, swapped, service, job, gateway };
      for (const column of COLUMNS) {
        const further = column === "available" ? Math.min : Math.max;
        step[1][column] = further(step[1][column], now[column]);
      }
      step[2] = now;
      return now;
    },
    begin(name: string): void {
      const none = { available: Number.POSITIVE_INFINITY, swapped: 0, service: 0, job: 0, gateway: 0 };
      steps.push([name, none, none]);
    },
    /** At most while it lasted, and at its end. */
    print(): void {
      console.log("| step | available, least | swap | service | job | gateway | gateway at the end |");
      console.log("|---|---|---|---|---|---|---|");
      for (const [name, worst, last] of steps) {
        if (worst.available === Number.POSITIVE_INFINITY) continue;
        console.log(`| ${name} | ${COLUMNS.map((column) => worst[column]).join(" | ")} | ${last.gateway} |`);
      }
    },
  };
};
