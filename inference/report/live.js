
// Keeps the page of a running training up to date. Its server answers "state": {run, version, status, ended}; a new
// version has new "data", a new run is another training, which begins with a new page.
(() => {
  const kPause = 1000,
    kPauseUnseen = 5000; // milliseconds
  const status = make("p", { class: "live" });
  document.querySelector("header").after(status);
  const title = document.title;
  let shown = null; // the state that the page shows

  /** The folds and checkboxes of a section, by names that stay the same from epoch to epoch. */
  function controls(section) {
    const found = new Map();
    for (const control of section.querySelectorAll("details, input[type=checkbox]")) {
      const titles = [control.closest("figure")?.querySelector("h3"), control.querySelector("summary")];
      found.set(`${control.tagName} ${titles.map((title) => title?.textContent).join()}`, control);
    }
    return found;
  }

  /** Draws new data; what the reader has opened, ticked, chosen and scrolled to stays. */
  function redraw(data) {
    const place = window.scrollY;
    const name = (section) => section.getAttribute("aria-labelledby");
    const before = new Map([...document.querySelectorAll("main section")].map((section) => [name(section), section]));
    const focused = document.activeElement;
    drawPage(data);
    for (const section of document.querySelectorAll("main section")) {
      const old = before.get(name(section));
      if (!old || old === section) continue;
      const now = controls(section);
      for (const [title, control] of controls(old)) {
        const same = now.get(title);
        if (same && control.open) same.open = true;
        if (same && control.checked) same.checked = true;
      }
      // At once, so that the sections below stay where they are.
      for (const plot of section.querySelectorAll(".plot")) plot.redraw();
      const reachable = "input, summary, [tabindex]";
      const at = [...old.querySelectorAll(reachable)].indexOf(focused);
      if (at >= 0) section.querySelectorAll(reachable)[at]?.focus({ preventScroll: true });
    }
    window.scrollTo({ top: place, behavior: "instant" });
  }

  async function update() {
    try {
      const state = await (await fetch("state")).json();
      if (shown && shown.run !== state.run) return location.reload();
      if (shown?.version !== state.version) redraw(await (await fetch("data")).json());
      shown = state;
      status.textContent = state.status;
      // For a tab in the background: "epoch 3 of 20 · name".
      document.title = state.ended ? title : `${state.status.split(",")[0]} · ${title}`;
      status.classList.toggle("ended", state.ended);
    } catch {
      // The program has gone; where it could, it said before how the training ended.
      if (!shown?.ended) status.textContent = "The training does not answer any more: it has ended, or was stopped. The page shows its last state.";
      status.classList.add("ended");
      document.title = title;
    }
    setTimeout(update, document.hidden ? kPauseUnseen : kPause);
  }
  update();
})();
