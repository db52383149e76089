package source

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// HarmlessJSON is a writer for JSON that encoding/json wrote. It escapes the characters that encoding/json lets through and
// that could speak to a terminal or turn the direction of text; in JSON they can only stand inside of strings. Each Write
// has to end between characters.
type HarmlessJSON struct{ W io.Writer }

// Write passes p on, escaped; its errors are those of W.
func (h HarmlessJSON) Write(p []byte) (int, error) {
	harmful := func(r rune) bool { return r >= 0x7f && r < 0xa0 || TurnsText(r) }
	if !bytes.ContainsFunc(p, harmful) {
		return h.W.Write(p)
	}
	out := make([]byte, 0, len(p)+64)
	for _, r := range string(p) {
		if harmful(r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	if _, err := h.W.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
