// SQL over the Parquet of a copy, by DuckDB-Wasm in a worker. Nothing is loaded before the first question is asked.
"use strict";
const tables = window.GATEWATCH_TABLES ?? [];
const form = document.querySelector("#query"), said = document.querySelector("#said"), answer = document.querySelector("#answer");
const root = new URL("..", document.querySelector("script[src$='query.js']").src);
const most = 1000, waiting = new Map(), loaded = new Set();
let number = 0, opening = null;

for (const [name, , rows, columns] of tables) {
  const item = document.createElement("li"), code = document.createElement("code");
  code.textContent = name;
  item.append(code, ` ${rows.toLocaleString(document.documentElement.lang)}: ${columns.join(", ")}`);
  document.querySelector("#tables").append(item);
}
if (location.protocol === "file:") document.querySelector("#folder").hidden = false;
else form.hidden = false;

// The worker answers each message by its number.
function talk(worker) {
  worker.onmessage = ({ data }) => {
    const one = waiting.get(data.requestId);
    if (!one || data.type === "INSTANTIATE_PROGRESS") return;
    waiting.delete(data.requestId);
    if (data.type === "ERROR") one.reject(new Error(data.data.message));
    else one.resolve(data.data);
  };
  worker.onerror = (event) => { for (const one of waiting.values()) one.reject(new Error(event.message)); waiting.clear(); };
  return (type, data, moved = []) => new Promise((resolve, reject) => {
    const messageId = number++;
    waiting.set(messageId, { resolve, reject });
    worker.postMessage({ messageId, type, data }, moved);
  });
}

async function unpacked(path, type) {
  const reply = await fetch(new URL(path, root));
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  // A server that says Content-Encoding has it unpacked on the way.
  const bytes = await reply.arrayBuffer(), packed = new Uint8Array(bytes, 0, 2)[0] === 0x1f;
  const stream = new Blob([bytes]).stream();
  const whole = await new Response(packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).arrayBuffer();
  return URL.createObjectURL(new Blob([whole], { type }));
}

async function open() {
  const ask = talk(new Worker(new URL("static/duckdb/duckdb-browser-eh.worker.js", root)));
  await ask("INSTANTIATE", [await unpacked("static/duckdb/duckdb-eh.wasm.gz", "application/wasm"), null]);
  await ask("OPEN", {});
  const connection = await ask("CONNECT", null);
  const run = (sql) => ask("RUN_QUERY", [connection, sql]);
  await run("SET autoinstall_known_extensions = false");
  await run("SET autoload_known_extensions = false");
  return { ask, run };
}

// Tables are loaded when a question names them.
async function load({ ask, run }, sql) {
  const words = new Set(sql.toLowerCase().match(/[a-z0-9_]+/g));
  for (const [name, path] of tables) {
    if (!words.has(name) || loaded.has(name)) continue;
    const reply = await fetch(new URL(path, root));
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    await ask("REGISTER_FILE_BUFFER", [path, bytes], [bytes.buffer]);
    await run(`CREATE VIEW ${name} AS SELECT * FROM read_parquet('${path}')`);
    loaded.add(name);
  }
}

// RFC 4180, as DuckDB writes it.
function parse(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') { cell += '"'; at++; }
      else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === ",") { row.push(cell); cell = ""; }
    else if (sign === "\n") { rows.push([...row, cell]); row = []; cell = ""; }
    else cell += sign;
  }
  return rows;
}

function show(rows) {
  const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  for (const name of rows[0] ?? []) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  for (const row of rows.slice(1, most + 1)) {
    const line = body.insertRow();
    for (const value of row) line.insertCell().textContent = value;
  }
  answer.replaceChildren(table);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button"), sql = document.querySelector("#sql").value.trim().replace(/;+$/, "");
  const save = document.querySelector("#save");
  button.disabled = true;
  save.hidden = true;
  answer.replaceChildren();
  try {
    said.textContent = said.dataset.loading;
    opening ??= open();
    const database = await opening;
    await load(database, sql);
    said.textContent = said.dataset.running;
    await database.run(`COPY (${sql}\n) TO 'answer.csv' (HEADER, DELIMITER ',')`);
    const bytes = await database.ask("COPY_FILE_TO_BUFFER", "answer.csv");
    await database.ask("DROP_FILE", "answer.csv");
    const rows = parse(new TextDecoder().decode(bytes)), count = Math.max(0, rows.length - 1);
    show(rows);
    said.textContent = `${said.dataset.rows} ${count.toLocaleString(document.documentElement.lang)}` + (count > most ? `. ${said.dataset.more}` : "");
    const link = save.querySelector("a");
    URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([bytes], { type: "text/csv" }));
    save.hidden = false;
  } catch (fault) {
    said.textContent = fault.message;
    if (!loaded.size && !waiting.size) opening = null;
  } finally {
    button.disabled = false;
  }
});
