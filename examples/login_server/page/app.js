// The page of the login server: who is logged in, what the token says, and every way to end it.
//
// The cookie is HttpOnly, so nothing here sees it. What is shown is what the server answers.
//
// Ids that tests may rely on:
//   body[data-state="loading|out|in"]
//   #notice             what happened; data-kind="info|ended|error|trouble", empty if there is nothing to say
//   #login-form, #user, #password, #login, #fill-alice, #fill-bob
//   #who                the user
//   #claims             one row for each claim: [data-claim="sub|sid|gen|jti|iat|exp|auth_time"] with the text in
//                       .value; class "changed" while a change is highlighted
//   #countdown          what the token has left ("14:32"), #absolute: what the session has left
//   #renewal            when the cookie will be renewed
//   #reload, #logout, #logout-others, #logout-everywhere, #change-password, #replay
//   #replay-result      the replay in steps: #replay-kept, #replay-length, #replay-logout, #replay-status,
//                       #replay-challenge, #replay-body, #replay-reason; #replay-verdict[data-outcome]

"use strict";

const $ = (id) => document.getElementById(id);

const ENDED = {
  revoked: "This session was ended: you logged out elsewhere, or changed the password there.",
  idle: "This session has expired: it was not used for too long. Log in again.",
  absolute: "This session has expired: it lasted as long as a session may. Log in again.",
};

/** What GET /me answered last, while somebody is logged in. */
let session = null;
/** The server's clock at a moment of this page's, so that the browser's clock does not matter. */
let clock = { server: 0, page: 0 };
/** The stream of what happens to the session. */
let stream = null;
/** How often in a row the stream was closed soon after it was opened. */
let failures = 0;
/** What the stream said about the end, until it is shown. */
let reason = null;
/** While a button's request runs. */
let busy = false;
/** Counts what asks /me, so that only the newest answer is shown. */
let turn = 0;
/** The token whose expiry was looked into. */
let looked = null;
let hiddenFor;

// ---- Asking the server ---------------------------------------------------------------------------------

/** One request at a time: the answer to an older one can't put its cookie in the place of a newer one's. */
let queue = Promise.resolve();

function ask(method, path, body) {
  const answer = queue.then(() => request(method, path, body));
  queue = answer;
  return answer;
}

/** Never fails: a request without an answer has status 0. */
async function request(method, path, body) {
  const signal = AbortSignal.timeout(15000);
  const init = { method, cache: "no-store", headers: { Accept: "application/json" }, signal };
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(path, init);
    const text = await response.text();
    const wait = Number.parseInt(response.headers.get("Retry-After"), 10);
    return { status: response.status, data: parse(text), wait: wait > 0 ? wait : 5 };
  } catch {
    return { status: 0, data: null, wait: 5 };
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What went wrong, in words. */
function excuse({ status, data, wait }) {
  const said = typeof data?.error === "string" ? ` It says: ${data.error}` : "";
  switch (status) {
    case 0:
      return "The server can’t be reached.";
    case 403:
      return `The server refused that (403).${said}`;
    case 503:
      return `The session’s state can’t be known now (503). Try again in ${wait} s.`;
    default:
      return status < 400 ? `The server’s answer can’t be read (${status}).` : `That failed (${status}).${said}`;
  }
}

// ---- What is shown -------------------------------------------------------------------------------------

/** Kinds: "info"; "ended"; "error", which stays until something else is done; "trouble", until it is over. */
function say(text, kind = "info") {
  $("notice").dataset.kind = kind;
  $("notice").textContent = text;
}

function hush(kind) {
  if ($("notice").dataset.kind === kind) say("");
}

function enter(state) {
  const before = document.body.dataset.state;
  if (before === state) return;
  const focused = document.activeElement;
  document.body.dataset.state = state;
  const lost = busy || (focused !== document.body && focused.offsetParent === null);
  if (before === "loading" || !lost) return;
  const title = state === "in" ? "who-title" : $("replay-result").hidden ? "login-title" : "replay-title";
  $(title).focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function showOut() {
  session = null;
  reason = null;
  hang();
  $("password").value = "";
  enter("out");
}

function showIn(me) {
  const before = session;
  session = me;
  clock = { server: time(me.now), page: performance.now() };
  $("who").textContent = me.sub;
  for (const row of $("claims").querySelectorAll("[data-claim]")) {
    const value = String(me[row.dataset.claim]);
    const cell = row.querySelector(".value");
    if (before && cell.textContent !== value) highlight(row);
    cell.textContent = value;
  }
  $("countdown-at").textContent = `at ${clockTime(me.exp)}`;
  $("absolute-at").textContent = `at ${clockTime(me.absolute_until)}`;
  $("replay-result").hidden = true;
  tick();
  enter("in");
  listen();
}

function highlight(row) {
  row.classList.remove("changed");
  void row.offsetWidth; // so that the animation begins again
  row.classList.add("changed");
}

/** RFC 3339 with microseconds, in milliseconds: a date in JavaScript has three digits of them. */
function time(text) {
  return Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
}

function serverNow() {
  return clock.server + (performance.now() - clock.page);
}

function clockTime(text) {
  const date = new Date(time(text));
  const far = Math.abs(date - serverNow()) > 20 * 3600 * 1000;
  return date.toLocaleString([], far ? { dateStyle: "medium", timeStyle: "short" } : { timeStyle: "medium" });
}

/** 1:05, 2:01:05, 3 d 02:01:05 */
function span(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [d, h, m, s] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  if (d > 0) return `${d} d ${two(h)}:${two(m)}:${two(s)}`;
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function put(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

/** How far a token may still be followed by a successor that lives longer. */
function mayGrow(me) {
  return time(me.exp) < time(me.absolute_until);
}

function tick() {
  if (!session) return;
  const now = serverNow();
  const [iat, exp, absolute] = [session.iat, session.exp, session.absolute_until].map(time);
  const renewable = iat + session.renew_after_seconds * 1000;
  const share = (moment) => Math.min(1, Math.max(0, (moment - iat) / (exp - iat || 1)));
  put("countdown", span(exp - now));
  put("absolute", span(absolute - now));
  $("age").style.setProperty("--age", share(now).toFixed(4));
  $("age").style.setProperty("--renew", share(renewable).toFixed(4));
  const final = !mayGrow(session) || renewable >= exp;
  $("age").classList.toggle("final", final);
  if (now >= exp) put("renewal", "The token has expired.");
  else if (final) put("renewal", "Not renewed any more: the session’s end is too near.");
  else if (now >= renewable) put("renewal", "The next request renews it: reload.");
  else put("renewal", `Renewed by the first request in ${span(renewable - now)} or later.`);
  // Not before it is refused: a look that is in time would renew it, and an open page would keep it alive.
  if (now >= time(session.accepted_until) && looked !== session.jti) {
    looked = session.jti;
    setTimeout(look, 1000);
  }
}

function showReplay({ kept, length, logout, replayed }) {
  const refused = replayed.status === 401;
  $("replay-kept").textContent = kept;
  $("replay-length").textContent = length;
  $("replay-logout").textContent = logout;
  $("replay-verdict").dataset.outcome = refused ? "refused" : replayed.status < 400 ? "accepted" : "failed";
  $("replay-outcome").textContent = refused ? "Refused" : replayed.status < 400 ? "Accepted!" : "Answered";
  $("replay-status").textContent = replayed.status;
  $("replay-challenge").textContent = replayed.www_authenticate || "(none)";
  $("replay-body").textContent = replayed.body || "(empty)";
  $("replay-reason").textContent = replayed.reason || "(nothing)";
  $("replay-result").hidden = false;
}

// ---- Who is logged in? ---------------------------------------------------------------------------------

/**
 * Asks /me, and shows the answer. `act` says who wants to know: "" for the page itself, or the button, which has
 * something of its own to say.
 */
async function check(act = "") {
  const mine = (turn += 1);
  let answer = await ask("GET", "/me");
  // That answer may have brought a renewed cookie, and tell of the one before: look at the one that is kept now.
  const old = ({ now, iat, renew_after_seconds: due }) => time(now) - time(iat) >= due * 1000;
  if (answer.status === 200 && answer.data && mine === turn && mayGrow(answer.data) && old(answer.data)) {
    const second = await ask("GET", "/me");
    if (second.status === 200) answer = second;
  }
  if (mine !== turn) return answer.status;
  if (answer.status === 200 && answer.data) {
    hush("trouble");
    const before = session;
    const said = act === "quiet" ? "" : news(before, answer.data, act);
    const back = document.body.dataset.state === "out";
    reason = null;
    showIn(answer.data);
    if (said) say(said);
    else if (act === "reload" || (back && act !== "quiet")) say("");
  } else if (answer.status === 401) {
    hush("trouble");
    if (session && act !== "quiet") say(how(session), "ended");
    showOut();
  } else if (act !== "quiet") {
    const loading = document.body.dataset.state === "loading";
    const again = answer.status === 503 || loading;
    if (again) setTimeout(look, answer.wait * 1000);
    const retry = answer.status !== 503 && loading ? ` Trying again in ${answer.wait} s.` : "";
    say(excuse(answer) + retry, act === "reload" && !again ? "error" : "trouble");
  }
  return answer.status;
}

/** The same, by the page itself: not while a button's request runs, which will tell. */
function look() {
  if (busy) setTimeout(look, 500);
  else check();
}

/** What is new, in words. */
function news(before, after, act) {
  if (act === "login" || act === "password") return "";
  if (!before) return document.body.dataset.state === "out" ? "Somebody logged in in another tab." : "";
  if (before.sid !== after.sid) return `Another tab began a new session, of ${after.sub}.`;
  if (before.jti !== after.jti) {
    return `Renewed: generation ${before.gen} → ${after.gen}, the same session.`;
  }
  if (act !== "reload") return "";
  if (!mayGrow(after)) return "Still the same token: the session’s end is too near.";
  return `Still the same token: renewed once it is ${span(after.renew_after_seconds * 1000)} old.`;
}

/** How a session ended that is no more, in words. */
function how({ exp, absolute_until: absolute }) {
  const now = serverNow();
  if (reason === "revoked" || (reason === null && now < time(exp))) return ENDED.revoked;
  return now >= time(absolute) ? ENDED.absolute : ENDED.idle;
}

// ---- Being told ----------------------------------------------------------------------------------------

function listen() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  const mine = (stream = new EventSource("/events"));
  let opened = 0;
  // A stream that is closed at once, again and again, is opened again more and more slowly.
  const closed = () => {
    if (stream === mine) hang();
    failures = opened && performance.now() - opened > 10000 ? 0 : failures + 1;
    return Math.min(10000, (failures - 1) * 2000);
  };
  mine.onopen = () => {
    if (opened) look(); // it was broken: who knows what happened meanwhile
    opened = performance.now();
  };
  mine.onerror = () => {
    // While it connects again by itself, there is nothing to do. An answer that is no stream closes it: 401 if the
    // session is no more.
    if (mine === stream && mine.readyState === EventSource.CLOSED) setTimeout(look, closed());
  };
  mine.addEventListener("ended", ({ data }) => {
    if (mine !== stream) return;
    const wait = closed();
    if (data === "unknown") {
      if (!busy) say("The session’s state can’t be known now. Looking again in a second …", "trouble");
      setTimeout(look, Math.max(1000, wait));
      return;
    }
    reason = data;
    setTimeout(look, wait);
    // If it was another tab that began a new session, the new cookie may come just after this.
    setTimeout(look, wait + 1500);
  });
}

function hang() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenFor);
  // A browser opens few connections to one server: tabs that nobody sees should not hold them all.
  if (document.hidden) hiddenFor = setTimeout(hang, 30000);
  else look();
});

window.addEventListener("focus", () => {
  if (!document.hidden) look();
});

// ---- Buttons -------------------------------------------------------------------------------------------

/** Runs what a button does, with all of them disabled. */
async function act(work) {
  if (busy) return;
  busy = true;
  turn += 1;
  const focused = document.activeElement;
  const buttons = document.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(`Something went wrong in this page: ${error.message}`, "error");
  } finally {
    for (const button of buttons) button.disabled = false;
    busy = false;
    if (document.activeElement === document.body && focused.offsetParent !== null) focused.focus();
    if (session) listen();
  }
}

/** Sends a POST that ends the session, or others; says how it failed if it did. */
async function post(path, body) {
  const answer = await ask("POST", path, body);
  if (answer.status >= 200 && answer.status < 300) return answer;
  if (answer.status === 401 && session) {
    say(`It was too late for that. ${how(session)}`, "ended");
    showOut();
    return null;
  }
  say(excuse(answer), "error");
  // What the server did before it failed is not known: show what is true.
  if (session) await check("quiet");
  return null;
}

$("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act(async () => {
    const answer = await ask("POST", "/login", { user: $("user").value, password: $("password").value });
    if (answer.status === 401) {
      say(answer.data?.error || "The user or the password is wrong.", "error");
      $("password").select();
    } else if (answer.status >= 200 && answer.status < 300) {
      say("");
      const status = await check("login");
      if (status === 401) say("The browser did not keep the cookie: it needs HTTPS, or localhost.", "error");
    } else if (answer.status === 503) {
      say(`The server can’t log anybody in now (503). Try again in ${answer.wait} s.`, "error");
    } else {
      say(excuse(answer), "error");
    }
  });
});

for (const button of document.querySelectorAll("[data-user]")) {
  button.addEventListener("click", () => {
    $("user").value = button.dataset.user;
    $("password").value = button.dataset.password;
    $("login").focus();
  });
}

/** What each button does, and what is said after it. */
const buttons = {
  reload: () => check("reload"),
  logout: async () => {
    hang();
    if (!(await post("/logout"))) return;
    showOut();
    say("Logged out. Whoever copied the cookie before has nothing now.");
  },
  "logout-others": async () => {
    if (await post("/logout/others")) say("Your other sessions are ended. This one goes on.");
  },
  "logout-everywhere": async () => {
    hang();
    if (!(await post("/logout/everywhere"))) return;
    showOut();
    say("Logged out everywhere, and here.");
  },
  "change-password": async () => {
    hang();
    if (!(await post("/password"))) return;
    if ((await check("password")) === 200) say("A new session began here, and all others are ended.");
  },
  replay: async () => {
    hang();
    const answer = await post("/replay");
    if (!answer) return;
    if (answer.data?.replayed) {
      showReplay(answer.data);
      say("Logged out. The copy of the cookie was tried after that: see below.");
    } else {
      say(excuse(answer), "error");
    }
    showOut();
  },
};

for (const [id, work] of Object.entries(buttons)) $(id).addEventListener("click", () => act(work));

setInterval(tick, 500);
check();
