import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Json } from "../protocol";
import { cellText, type TableValue } from "./artifact_file";
import { useChat } from "./context";

const MORE = 500;

interface Order {
  readonly column: number;
  readonly descending: boolean;
}

interface DataTableProps {
  readonly table: TableValue;
  readonly label: string;
  /** Rows shown at first. */
  readonly rows: number;
}

/** A table that is sorted by a click on a column's head: up, down, as it came. It begins with `rows` rows. */
export function DataTable({ table, label, rows }: DataTableProps): JSX.Element {
  const { t } = useChat();
  const [order, setOrder] = useState<Order | null>(null);
  const [limit, setLimit] = useState(rows);
  const ordered = useMemo(() => sorted(table.data, order), [table, order]);
  const next = (column: number): Order | null => {
    if (order?.column !== column) return { column, descending: false };
    return order.descending ? null : { column, descending: true };
  };
  return (
    <>
      <div class="scroll-x data-table" tabIndex={0} role="group" aria-label={label}>
        <table>
          <thead>
            <tr>
              {table.headers.map((header, column) => (
                <th key={column} class={isNumeric(table, column) ? "number" : undefined} aria-sort={sortOf(order, column)}>
                  <button type="button" onClick={() => setOrder(next(column))}>
                    {cellText(header)}
                    <span aria-hidden="true">{order?.column === column ? (order.descending ? " ↓" : " ↑") : ""}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, limit).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column} class={typeof cell === "number" ? "number" : undefined} dir="auto">
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.data.length > limit ? (
        <div class="more-rows">
          <span class="status">{t("rows_shown", { shown: limit, count: table.data.length })}</span>
          <button type="button" class="button" onClick={() => setLimit(limit + MORE)}>
            {t("show_more")}
          </button>
        </div>
      ) : null}
    </>
  );
}

/** Do numbers begin the column? */
function isNumeric({ data }: TableValue, column: number): boolean {
  return typeof data.find((row) => (row[column] ?? null) !== null)?.[column] === "number";
}

function sortOf(order: Order | null, column: number): "ascending" | "descending" | "none" {
  if (order?.column !== column) return "none";
  return order.descending ? "descending" : "ascending";
}

/** Numbers by size and before all else, the rest as people sort words; what is equal stays in its order. */
export function sorted(rows: TableValue["data"], order: Order | null): TableValue["data"] {
  if (order === null) return rows;
  const { column, descending } = order;
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(a[column] ?? null, b[column] ?? null));
}

function compare(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return -1;
  if (typeof b === "number") return 1;
  return cellText(a).localeCompare(cellText(b), undefined, { numeric: true });
}
