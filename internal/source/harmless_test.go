package source_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"askflow/internal/source"
)

func TestHarmlessJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "naïve 😀", "\u0085\u009b1m\x7f\u202egnp\u2066\u2069\u200e\u061c", "\x1b[2J\u2028"} {
		var got bytes.Buffer
		if err := json.NewEncoder(source.HarmlessJSON{W: &got}).Encode(text); err != nil {
			t.Fatal(err)
		}
		if at := strings.IndexFunc(got.String(), func(r rune) bool { return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || source.TurnsText(r) }); at >= 0 {
			t.Errorf("%q is written as %q", text, got.String())
		}
		var back string
		if err := json.Unmarshal(got.Bytes(), &back); err != nil || back != text {
			t.Errorf("%q is read back as %q, %v", text, back, err)
		}
	}
	failure := errors.New("full")
	for _, text := range []string{"a", "\u202e"} {
		if n, err := (source.HarmlessJSON{W: failing{failure}}).Write([]byte(text)); n != 0 || !errors.Is(err, failure) {
			t.Errorf("a write that failed says %d, %v", n, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
