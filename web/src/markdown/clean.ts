// Model output is hostile. This is the second of three walls: `render.ts` never passes raw HTML on, this list lets only
// known elements and attributes through, and the content security policy refuses foreign requests and inline scripts.
import DOMPurify from "dompurify";

const TAGS =
  "a b blockquote br button code del div em h3 h4 h5 h6 hr i kbd li mark ol p pre s small span strong sub sup table tbody td th thead tr u ul".split(" ");
/** Attributes that are no address; DOMPurify holds every other one against `ALLOWED_URI_REGEXP`. */
const PLAIN_ATTRIBUTES = "rel target class start tabindex role aria-label aria-hidden type data-copy".split(" ");

export function clean(html: string): string {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", ...PLAIN_ATTRIBUTES],
    ADD_URI_SAFE_ATTR: PLAIN_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  });
}

/** The address when it is one a person may follow from here, otherwise null. */
export function safeHref(href: string): string | null {
  let url: URL;
  try {
    url = new URL(href.trim());
  } catch {
    return null;
  }
  return url.protocol === "https:" || url.protocol === "http:" || url.protocol === "mailto:" ? url.href : null;
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
