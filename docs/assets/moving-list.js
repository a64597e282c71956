// The step-by-step picture in "Whole listings": one list that moves, read in two ways.
// It is computed, not drawn: the list below is changed and read as the steps say, and what is lost is what was not read.
(() => {
  "use strict";

  const SESSIONS = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

  // What the service's users do after each request. G is written to and jumps to the head; B is deleted.
  const CHANGES = {
    1: { touch: "G", text: "Meanwhile somebody writes in G: it jumps to the head, and A to F move down." },
    2: { remove: "B", text: "Meanwhile B is deleted: all below it move up." },
  };

  const LOOP = [
    { offset: 0, text: "page 1, from offset 0." },
    { offset: 4, text: "page 2, from offset 4. D has come down into it and is read again; G has left upwards, unread." },
    { offset: 8, text: "page 3, from offset 8. I has slipped up past it. A short page: the loop is done." },
  ];
  const PROOF = [
    { offset: 0, text: "a page from offset 0." },
    { offset: 3, text: "the next begins inside the page before it: C and D are in both, so nothing lies between." },
    { offset: 6, text: "no session is in this page and the one before. Something may lie between: look again." },
    { offset: 4, text: "it reads between them: F above, H and I below. The pages overlap again." },
    { offset: 9, text: "K is in both, and the page is short: this is the end of the list." },
    { offset: 0, text: "whoever moved has gone to the head. One more page there finds G and reaches A: nothing is missing." },
  ];
  const LIMIT = 4;
  const LAST = PROOF.length;

  const ENDED = "done after 3 requests. It holds D twice, it has lost G and I, and it raised no error.";
  const BEGIN = "Twelve sessions, the most recently active first, read in pages of four. Press “Step”.";

  function change(list, step) {
    const { touch, remove } = CHANGES[step] || {};
    if (touch) return [touch, ...list.filter((name) => name !== touch)];
    return remove ? list.filter((name) => name !== remove) : list;
  }

  // The state of a reader after so many requests: the list, how often each session was read, the page at hand.
  function state(reads, steps) {
    let list = SESSIONS;
    const times = {};
    let page = null;
    for (let step = 1; step <= steps; step += 1) {
      if (step > 1) list = change(list, step - 1);
      const read = reads[step - 1];
      page = read ? { from: read.offset, names: list.slice(read.offset, read.offset + LIMIT) } : null;
      for (const name of page ? page.names : []) times[name] = (times[name] || 0) + 1;
    }
    return { list, times, page, done: steps >= reads.length };
  }

  function element(tag, name, text) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  }

  class Column {
    constructor(title, reads, repeats) {
      this.reads = reads;
      this.repeats = repeats;
      this.root = element("div", "moving-list__column");
      this.root.append(element("p", "moving-list__title", title));
      this.list = element("ol", "moving-list__list");
      this.list.style.setProperty("--rows", SESSIONS.length);
      this.window = element("li", "moving-list__window");
      this.window.setAttribute("aria-hidden", "true");
      this.list.append(this.window);
      this.rows = Object.fromEntries(SESSIONS.map((name) => [name, element("li", "moving-list__row")]));
      for (const [name, row] of Object.entries(this.rows)) {
        row.append(element("b", "", name), element("span"));
        this.list.append(row);
      }
      this.count = element("p", "moving-list__count");
      this.root.append(this.list, this.count);
    }

    show(steps) {
      const { list, times, page, done } = state(this.reads, steps);
      for (const [name, row] of Object.entries(this.rows)) this.place(name, row, list, times, done && steps > 0);
      this.window.hidden = !page;
      if (page) {
        this.window.style.setProperty("--row", page.from);
        this.window.style.setProperty("--height", page.names.length);
      }
      const requests = Math.min(steps, this.reads.length);
      const lost = list.filter((name) => !times[name]).length;
      const verdict = !(done && steps) ? "" : lost ? ` · ${lost} lost, silently` : " · proven whole";
      this.count.textContent = `${requests} request${requests === 1 ? "" : "s"}${verdict}`;
      this.count.dataset.verdict = verdict ? (lost ? "lost" : "whole") : "";
    }

    place(name, row, list, times, done) {
      const rank = list.indexOf(name);
      const gone = rank < 0;
      const lost = done && !gone && !times[name];
      const twice = this.repeats && times[name] > 1;
      row.style.setProperty("--row", gone ? SESSIONS.length : rank);
      row.dataset.state = gone ? "gone" : lost ? "lost" : twice ? "twice" : times[name] ? "read" : "unread";
      const words = { gone: "deleted", lost: "lost", twice: "twice", read: "read", unread: "" };
      row.lastChild.textContent = words[row.dataset.state];
    }
  }

  function caption(steps) {
    if (!steps) return [BEGIN];
    const left = LOOP[steps - 1] ? LOOP[steps - 1].text : ENDED;
    const said = [`The loop: ${left}`, `blocks-sessions: ${PROOF[steps - 1].text}`];
    return CHANGES[steps] ? [...said, CHANGES[steps].text] : said;
  }

  function button(label, act) {
    const made = element("button", "md-button", label);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  function build(figure) {
    const columns = [new Column("A loop over offsets", LOOP, true), new Column("blocks-sessions", PROOF, false)];
    const words = element("div", "moving-list__words");
    words.setAttribute("aria-live", "polite");
    let steps = 0;
    let timer = null;

    function show(to) {
      steps = Math.max(0, Math.min(LAST, to));
      for (const column of columns) column.show(steps);
      words.replaceChildren(...caption(steps).map((text) => element("p", "", text)));
      back.disabled = steps === 0;
      step.disabled = steps === LAST;
      if (steps === LAST) stop();
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
    }
    const back = button("Back", () => (stop(), show(steps - 1)));
    const step = button("Step", () => (stop(), show(steps + 1)));
    const play = button("Play", () => {
      if (timer) return stop();
      if (steps === LAST) show(0);
      play.textContent = "Pause";
      timer = setInterval(() => show(steps + 1), 3500);
      show(steps + 1);
    });

    const stage = element("div", "moving-list__stage");
    stage.append(...columns.map((column) => column.root));
    const controls = element("div", "moving-list__controls");
    controls.append(back, step, play);
    figure.querySelector(".moving-list__steps").hidden = true;
    figure.prepend(stage, controls, words);
    show(0);
  }

  document.querySelectorAll("figure.moving-list").forEach(build);
})();
