/* The one script of the pages: the viewer's own time zone, running clocks, and live parts. Without it all still works. */
(() => {
  const RETRY_MS = 15_000;
  const root = document.documentElement;
  /** How far this device's clock stands from the server's. */
  const skewMs = Date.now() - Date.parse(root.dataset.now ?? "");
  const units = (root.dataset.units ?? "").split("|");

  const twoDigits = (number) => String(number).padStart(2, "0");

  const toLocalTimes = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join("-");
      const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
      time.title = `${time.dateTime.slice(0, 10)} ${time.dateTime.slice(11, 19)} UTC`;
      time.textContent = `${day} ${clock}`;
    }
  };

  /** As `formatDuration` of the server does. */
  const toDuration = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const parts = [
      Math.floor(whole / 86_400),
      Math.floor(whole / 3600) % 24,
      Math.floor(whole / 60) % 60,
      whole % 60,
    ].map((amount, index) => ({ amount, text: `${amount}${units[index]}` }));
    const first = parts.findIndex(({ amount }) => amount > 0);
    return parts
      .slice(first < 0 ? 3 : first)
      .slice(0, 2)
      .map(({ text }) => text)
      .join(" ");
  };

  const tick = () => {
    const nowMs = Date.now() - skewMs;
    for (const clock of document.querySelectorAll("[data-since]")) {
      const elapsed = toDuration((nowMs - Date.parse(clock.dataset.since)) / 1000);
      clock.textContent = `${clock.dataset.label} ${elapsed}`;
    }
    for (const clock of document.querySelectorAll("[data-until]")) {
      clock.textContent = toDuration(Math.ceil((Date.parse(clock.dataset.until) - nowMs) / 1000));
    }
  };

  /** What the reader has opened stays open. */
  const keepOpenState = (name, element) => !(name === "open" && element instanceof HTMLDetailsElement);

  const patch = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    toLocalTimes(template.content);
    for (const part of [...template.content.children]) {
      const known = document.getElementById(part.id);
      if (known) {
        Idiomorph.morph(known, part, {
          ignoreActiveValue: true,
          callbacks: { beforeAttributeUpdated: keepOpenState },
        });
      } else {
        document.getElementById(part.dataset.into)?.append(part);
      }
    }
    tick();
  };

  const follow = (address, sign) => {
    let source;
    let retry;

    const show = (state) => {
      sign.dataset.state = state;
      sign.textContent = sign.dataset[state];
    };

    const stop = () => {
      clearTimeout(retry);
      source?.close();
      source = undefined;
    };

    /** Refused for now, or for good: then the page itself leads to the login. */
    const retryOrLogIn = () => {
      retry = setTimeout(start, RETRY_MS);
      fetch(location.href, { method: "HEAD", redirect: "manual" }).then(
        ({ type }) => type === "opaqueredirect" && location.reload(),
        () => {},
      );
    };

    const start = () => {
      stop();
      source = new EventSource(address);
      source.onopen = () => show("on");
      source.onerror = () => {
        show("off");
        // The browser comes back by itself, unless it was refused.
        if (source?.readyState === EventSource.CLOSED) retryOrLogIn();
      };
      source.addEventListener("patch", (event) => patch(event.data));
      source.addEventListener("gone", () => location.reload());
      source.addEventListener("end", () => {
        stop();
        document.removeEventListener("visibilitychange", followWhileVisible);
        show("done");
      });
    };

    // A browser has six connections for us, and hidden tabs need none.
    const followWhileVisible = () => (document.hidden ? stop() : start());
    document.addEventListener("visibilitychange", followWhileVisible);
    window.addEventListener("pagehide", stop);
    window.addEventListener("pageshow", (event) => event.persisted && start());
    followWhileVisible();
  };

  toLocalTimes(document);
  tick();
  setInterval(() => document.hidden || tick(), 1000);
  const sign = document.getElementById("live");
  if (sign) follow(sign.dataset.address, sign);
})();
