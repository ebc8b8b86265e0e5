import type { Samples } from "../samples.ts";
import { type Form, type Forms, newRoot, start } from "../subjects.ts";

/** From the spawn to the first whole 200, on folders of an earlier start. */
const coldMs = async (form: Form, root: string): Promise<number> => {
  const startedMs = performance.now();
  const subject = await start(form, {}, root);
  const response = await fetch(`${subject.url}/healthz`);
  await response.text();
  const ms = performance.now() - startedMs;
  if (response.status !== 200) throw new Error(`${form.name} answered ${response.status}`);
  await subject.stop();
  return ms;
};

export const measureColdStarts = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const { bare, service, lowMemory, started, source } = forms;
  const measured = [bare, service, lowMemory, started, source].map((form) => ({ form, root: newRoot() }));
  for (let round = 0; round <= rounds; round++) {
    for (const { form, root } of measured) {
      const ms = await coldMs(form, root);
      // The first round makes the database and fills the page cache.
      if (round > 0) samples.add(`cold start, ${form.name}`, ms);
    }
  }
};
