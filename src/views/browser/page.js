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

  /** Keeps what the reader has opened and typed. */
  const keepOpenState = (name, element) => !(name === "open" && element instanceof HTMLDetailsElement);
  const keepFields = (element) => !(element instanceof Element && element.matches("input, select, textarea"));

  const load = async () => {
    const response = await fetch(location.href, { headers: { "x-refresh": "1" }, redirect: "manual" });
    if (response.type === "opaqueredirect") return location.reload();
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    toLocalTimes(page);
    document.title = page.title;
    Idiomorph.morph(document.querySelector("main"), page.querySelector("main"), {
      ignoreActiveValue: true,
      callbacks: { beforeAttributeUpdated: keepOpenState, beforeNodeMorphed: keepFields },
    });
    tick();
  };

  let isLoading = false;
  let isStale = false;
  /** Loads the page again; events that arrive meanwhile cause one more load. */
  const refresh = async () => {
    isStale = true;
    if (isLoading) return;
    isLoading = true;
    while (isStale) {
      isStale = false;
      // The event stream reports a lost connection.
      await load().catch(() => {});
    }
    isLoading = false;
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
      source.addEventListener("refresh", refresh);
      source.addEventListener("gone", () => location.reload());
      source.addEventListener("end", () => {
        void refresh();
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
