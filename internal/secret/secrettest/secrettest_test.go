package secrettest_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"askflow/internal/secret"
	"askflow/internal/secret/secrettest"
)

const (
	key   = "sk-proj-CaNaRy?123456789abcdefghij>lmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"
	brief = "sk-short-2718"
)

func TestShows(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"whole":      "the key is " + key + ".",
		"brief":      "the key is " + brief,
		"in capital": strings.ToUpper(hex.EncodeToString([]byte("key=" + key))),
		"in hex":     hex.EncodeToString([]byte(brief + " and more")),
		"cut off":    "Bearer " + key[:45],
		"begun late": "…" + key[8:41] + "…",
		"the middle": key[40:64],
		"the end":    "…" + key[len(key)-12:],
	} {
		if !secrettest.Shows(text, "another", key, brief) {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	for _, k := range []string{key, brief} {
		for before := range 4 {
			for after := range 4 {
				text := []byte(strings.Repeat("b", before) + k + strings.Repeat("a", after))
				for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
					if encoded := encoding.EncodeToString(text); !secrettest.Shows(encoded, k) {
						t.Errorf("%d letters before the key and %d after it: not found in %q", before, after, encoded)
					}
				}
			}
		}
	}
	for _, text := range []string{"", "sk-proj-…wxyz", key[:12], brief[:12], "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", hex.EncodeToString([]byte("another key"))} {
		if secrettest.Shows(text, key, brief, "") {
			t.Errorf("found in %q", text)
		}
	}
	if secrettest.Shows(key) {
		t.Error("a key that was not asked for was found")
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	var r secrettest.Ring
	if _, err := r.Get("askflow", "77"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	if err := r.Delete("askflow", "77"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("Delete of nothing: %v", err)
	}
	if err := errors.Join(r.Set("askflow", "77", "old"), r.Set("askflow", "77", key), r.Set("askflow", "78", brief)); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Get("askflow", "77"); got != key || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := r.Delete("askflow", "77"); err != nil || len(r.Texts) != 1 || r.Texts["78"] != brief {
		t.Errorf("%v; what is left is %q", err, r.Texts)
	}
}

func TestRingThatIsDown(t *testing.T) {
	t.Parallel()
	down := errors.New("the collection is locked")
	r := secrettest.Ring{Texts: map[string]string{"77": key}, Down: down}
	if got, err := r.Get("askflow", "77"); got != "" || !errors.Is(err, down) {
		t.Errorf("Get: %q, %v", got, err)
	}
	if err := r.Set("askflow", "77", brief); !errors.Is(err, down) || !secrettest.Shows(err.Error(), brief) {
		t.Errorf("Set: %v", err)
	}
	if err := r.Delete("askflow", "77"); !errors.Is(err, down) || r.Texts["77"] != key {
		t.Errorf("Delete: %v; what is left is %q", err, r.Texts)
	}
}
