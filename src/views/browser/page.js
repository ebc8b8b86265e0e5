/* The one script of the pages: the reader's time zone, running clocks, live parts, copying. Without it all still works. */
(() => {
  const RETRY_MS = 15_000;
  const root = document.documentElement;
  /** This device's clock minus the server's. */
  const skewMs = Date.now() - Date.parse(root.dataset.now ?? "");
  const units = (root.dataset.units ?? "").split("|");
  const ages = (root.dataset.ages ?? "").split("|");

  const twoDigits = (number) => String(number).padStart(2, "0");

  const toLocalTimes = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      // Swedish is written as "2026-03-01 08:00:00".
      const local = date.toLocaleString("sv");
      const isAge = "age" in time.dataset;
      time.title = isAge ? local : `${time.dateTime.slice(0, 10)} ${time.dateTime.slice(11, 19)} UTC`;
      if (!isAge) time.textContent = local;
    }
  };

  /** As `formatDuration`, `formatAge` and `formatClock` of the server do. */
  const toAmounts = (seconds, names) => {
    const whole = Math.max(0, Math.floor(seconds));
    const amounts = [whole / 86_400, (whole / 3600) % 24, (whole / 60) % 60, whole % 60].map(Math.floor);
    const first = amounts.findIndex((amount) => amount > 0);
    return amounts.map((amount, index) => `${amount}${names[index]}`).slice(first);
  };
  const toDuration = (seconds) => toAmounts(seconds, units).slice(0, 2).join(" ");
  const toClock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    return [...(hours > 0 ? [hours, twoDigits(minutes)] : [minutes]), twoDigits(whole % 60)].join(":");
  };

  const tick = () => {
    const nowMs = Date.now() - skewMs;
    const secondsSince = (moment) => (nowMs - Date.parse(moment)) / 1000;
    const setText = (selector, textOf) => {
      for (const element of document.querySelectorAll(selector)) element.textContent = textOf(element);
    };
    setText("[data-since]", ({ dataset }) => `${dataset.label} ${toDuration(secondsSince(dataset.since))}`);
    setText("[data-clock]", ({ dataset }) => toClock(secondsSince(dataset.clock)));
    setText("[data-age]", ({ dateTime }) => toAmounts(secondsSince(dateTime), ages)[0]);
    setText("[data-until]", ({ dataset }) => toDuration(Math.ceil(-secondsSince(dataset.until))));
  };

  /** Keeps what the reader has opened, closed and typed. */
  const touched = new WeakSet();
  const keepOpenState = (name, element) => !(name === "open" && touched.has(element));
  const keepFields = (element) => !(element instanceof Element && element.matches("input, select, textarea"));

  const load = async () => {
    const response = await fetch(location.href, { headers: { "x-refresh": "1" }, redirect: "manual" });
    if (response.type === "opaqueredirect") return location.reload();
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    toLocalTimes(page);
    document.title = page.title;
    const [icon, newIcon] = [document, page].map((each) => each.querySelector("link[rel=icon]"));
    if (icon.href !== newIcon.href) icon.href = newIcon.href;
    for (const part of page.querySelectorAll("details[data-tone]")) {
      const shown = document.getElementById(part.id);
      if (shown && shown.dataset.tone !== part.dataset.tone) shown.open = part.open;
    }
    Idiomorph.morph(document.querySelector("main"), page.querySelector("main"), {
      ignoreActiveValue: true,
      callbacks: { beforeAttributeUpdated: keepOpenState, beforeNodeMorphed: keepFields },
    });
    tick();
    if (isFollowing) scrollTo(0, isGrowing() ? root.scrollHeight : 0);
    isFollowing &&= isGrowing();
  };

  /** A running job is followed to its end unless the reader has scrolled up; once it has ended, the page scrolls up. */
  const isGrowing = () => document.querySelector("[data-follow]") !== null;
  let isFollowing = isGrowing();
  const noteScroll = () => {
    isFollowing = isGrowing() && innerHeight + scrollY >= root.scrollHeight - 40;
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

    /** If the session has ended, a reload leads to the login. */
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
        // The browser reconnects by itself unless it was refused.
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

    // A browser opens six connections to one host; hidden tabs give up theirs.
    const followWhileVisible = () => (document.hidden ? stop() : start());
    document.addEventListener("visibilitychange", followWhileVisible);
    window.addEventListener("pagehide", stop);
    window.addEventListener("pageshow", (event) => event.persisted && start());
    followWhileVisible();
  };

  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Without TLS there is no clipboard, except on the host itself.
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  };

  document.addEventListener("click", async ({ target }) => {
    const summary = target.closest("summary");
    if (summary) touched.add(summary.parentElement);
    const button = target.closest("button.copy");
    if (!button) return;
    await copy(
      button.value || (button.previousElementSibling ?? button.closest("details").querySelector("code")).textContent,
    );
    const label = button.textContent;
    if (label === root.dataset.copied) return;
    button.textContent = root.dataset.copied;
    button.focus();
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
  document.addEventListener("toggle", noteScroll, true);

  /** Searches while typing. */
  let typing;
  const search = ({ target, isComposing }) => {
    const form = target.closest("form.search");
    if (!form || isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(() => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
      history.replaceState(null, "", `${location.pathname}?${query}`);
      void refresh();
    }, 200);
  };
  document.addEventListener("input", search);
  document.addEventListener("compositionend", search);

  toLocalTimes(document);
  tick();
  if (isFollowing) scrollTo(0, root.scrollHeight);
  document.addEventListener("scroll", noteScroll, { passive: true });
  setInterval(() => document.hidden || tick(), 1000);
  const sign = document.getElementById("live");
  if (sign) follow(sign.dataset.address, sign);
})();
