// Reads the server's JSON, and asks again while a page is looked at.

// get reads a path with its parameters; a schema other than expected means that page and server are of different versions.
export async function get(path, parameters = {}, schema) {
  const response = await fetch(`/api/${path}?${new URLSearchParams(parameters)}`, { cache: "no-cache" });
  const body = await response.json().catch(() => ({ error: `the server answered with status ${response.status}` }));
  if (!response.ok) throw new Error(body.error);
  if (body.schema !== schema) throw new Error(`the server speaks ${body.schema}, this page ${schema}: load the page again`);
  return body;
}

// download is the address of a file to save.
export const download = (path, run) => `/api/${path}?${new URLSearchParams({ run })}`;

const soon = 2000, later = 10000; // ms between two looks, while something happens and else

// follow calls look again and again until stop is called; look answers whether anything changed. It rests while the page is hidden.
export function follow(look) {
  let timer = 0, stopped = false, quiet = 0;
  const next = async () => {
    if (stopped) return;
    if (!document.hidden) {
      const changed = await look().catch(() => false);
      quiet = changed ? 0 : quiet + 1;
    }
    if (!stopped) timer = setTimeout(next, quiet > 15 ? later : soon);
  };
  timer = setTimeout(next, soon);
  return () => { stopped = true; clearTimeout(timer); };
}
