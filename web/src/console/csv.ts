// Tables as files for spreadsheets.

/** As RFC 4180 has it. What a spreadsheet would take for a formula begins with an apostrophe: names come from elsewhere. */
export function csv(rows: (string | number)[][]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
