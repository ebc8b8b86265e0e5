import { same } from "./checks.ts";
import { fits, isReadableInUse, isSound, looks, nameOf, screenshot } from "./look.ts";
import type { Suite } from "./stage.ts";

/** Every page there is, in every look: nothing sticks out, nothing is amiss, everybody can read it. */
export const pagesSuite: Suite = async ({ check, open, service }) => {
  const done = await service.submit({ task: "done: say how it went, in a sentence or two.", cwd: "/tmp" });
  const hostile = await service.submit({
    task: `hostile \u202e<script>alert(1)</script> ${"x".repeat(7000)}`,
    cwd: "/tmp",
  });
  const failed = await service.submit({ task: "fails: as it does", cwd: "/tmp" });
  const long = await service.submit({ task: `done: ${"很长的任务文字，".repeat(12_000)}`, cwd: "/tmp" });
  for (const id of [done, hostile, failed, long]) await service.finished(id);
  await service.checkedProbe();

  const pages = {
    status: "/web/status",
    jobs: "/web/jobs",
    "job-done": `/web/jobs/${done}`,
    "job-hostile": `/web/jobs/${hostile}`,
    "job-failed": `/web/jobs/${failed}`,
    "job-long": `/web/jobs/${long}?row=4`,
    "job-new": "/web/new-job",
    models: "/web/models",
    audit: "/web/audit",
    api: "/docs",
    "api-search": "/docs?text=jobs",
    "not-found": "/web/nowhere",
  };

  for (const look of looks) {
    const window = await open(look);
    const page = await window.newPage();
    for (const [name, path] of Object.entries(pages)) {
      await check(`${name} ${nameOf(look)}`, async () => {
        const answer = await page.goto(service.url + path);
        const wanted = name === "not-found" ? 404 : 200;
        if (answer?.status() !== wanted) throw new Error(`answered ${answer?.status()}`);
        if (wanted === 404) window.noFaults(/404/);
        await screenshot(page, `${name}-${nameOf(look)}`);
        await isSound(page, window, look);
        if ((look.width === 1280 || look.width === 768) && look.scripts) await isReadableInUse(page);
      });
    }
    await check(`on paper ${nameOf(look)}`, async () => {
      await page.goto(`${service.url}/web/status`);
      await page.emulateMedia({ media: "print" });
      same(await page.locator(".bar nav, .tools").filter({ visible: true }).count(), 0, "what paper has no use for");
      await fits(page);
    });
    await window.close();

    const guest = await open(look, { member: false });
    const outside = await guest.newPage();
    await check(`login ${nameOf(look)}`, async () => {
      await outside.goto(`${service.url}/web/jobs`);
      await screenshot(outside, `login-${nameOf(look)}`);
      await isSound(outside, guest, look);
    });
    await guest.close();
  }
};
