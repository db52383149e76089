package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"askflow/internal/secret"
)

const canary = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// mustHide fails when a text holds the key, in any form that this test can think of, or its last twelve characters.
func mustHide(t *testing.T, where, text string) {
	t.Helper()
	raw := []byte(canary)
	for _, form := range []string{canary, canary[len("sk-proj-"):], canary[len(canary)-12:], hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw), fmt.Sprintf("%v", raw), fmt.Sprintf("%#v", raw)} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the key: %s", where, text)
			return
		}
	}
}

type xmlKey struct{ Key secret.Secret }

type holder struct {
	Public  secret.Secret
	private secret.Secret
	pointer *secret.Secret
	list    []secret.Secret
	named   map[string]secret.Secret
	boxed   any
}

func TestNoFormatShowsASecret(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	h := holder{s, s, &s, []secret.Secret{s}, map[string]secret.Secret{"k": s}, s}
	for _, value := range []any{s, &s, h, &h, []any{s}, map[string]any{"k": &h}, struct{ secret.Secret }{s}} {
		for _, verb := range "vsqxXdobcepgtTUEGFO" {
			for _, flags := range []string{"", "+", "#", "-80", "080", " ", ".3"} {
				format := "%" + flags + string(verb)
				mustHide(t, format, fmt.Sprintf(format, value))
			}
		}
		mustHide(t, "Println", fmt.Sprintln(value))
	}
	mustHide(t, "Errorf", fmt.Errorf("key %w %v", errors.New("x"), s).Error())
	if got := fmt.Sprintf("%s|%v|%#v|%x", s, s, s, s); got != strings.Repeat("sk-proj-…wxyz|", 4)[:len("sk-proj-…wxyz|")*4-1] {
		t.Errorf("%q", got)
	}
}

func TestNoEncodingShowsASecret(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	h := struct {
		Key  secret.Secret
		Ptr  *secret.Secret
		Map  map[string]secret.Secret
		List []secret.Secret
	}{s, &s, map[string]secret.Secret{"k": s}, []secret.Secret{s}}
	out := map[string][]byte{}
	var err error
	if out["json"], err = json.Marshal(h); err != nil {
		t.Fatal(err)
	}
	if out["yaml"], err = yaml.Marshal(h); err != nil {
		t.Fatal(err)
	}
	if out["xml"], err = xml.Marshal(xmlKey{Key: s}); err != nil {
		t.Fatal(err)
	}
	var g, text, js bytes.Buffer
	if err := gob.NewEncoder(&g).Encode(h); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "key", s, "ptr", &s, "all", h)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "key", s, "ptr", &s, "all", h, slog.Group("g", "k", s))
	out["gob"], out["text log"], out["JSON log"] = g.Bytes(), text.Bytes(), js.Bytes()
	for name, data := range out {
		mustHide(t, name, string(data))
		if !bytes.Contains(data, []byte("…wxyz")) {
			t.Errorf("%s has no mask: %s", name, data)
		}
	}
	mustHide(t, "cmp", cmp.Diff(h, struct {
		Key  secret.Secret
		Ptr  *secret.Secret
		Map  map[string]secret.Secret
		List []secret.Secret
	}{}))
}

func TestAPanicShowsNoSecret(t *testing.T) {
	t.Parallel()
	defer func() {
		mustHide(t, "panic", fmt.Sprintf("%v %+v %#v", recover(), errors.New("x"), secret.New(canary)))
	}()
	panic(fmt.Sprint("no key in here: ", secret.New(canary)))
}

func TestMask(t *testing.T) {
	t.Parallel()
	tests := []struct{ key, want string }{
		{"", ""},
		{"x", "…"},
		{"sk-proj-1234567890a", "…"}, // 19 characters
		{"sk-proj-1234567890ab", "sk-proj-…90ab"},
		{"sk-svcacct-1234567890ab", "sk-svcacct-…90ab"},
		{"sk-admin-1234567890ab", "sk-admin-…90ab"},
		{"sk-1234567890abcdefgh", "sk-…efgh"},
		{"gsk_1234567890abcdefgh", "…efgh"},
		{"1234567890abcdefghi\nj", "…"},
		{"1234567890abcdefghéé", "…"},
	}
	for _, tt := range tests {
		if got := secret.New(tt.key).Mask(); got != tt.want {
			t.Errorf("the mask of %q is %q, not %q", tt.key, got, tt.want)
		}
	}
}

func TestZeroWipesEveryCopy(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	twin := s
	if s.IsZero() || s.Reveal() != canary || !s.Equal(secret.New(canary)) || s.Equal(secret.New(canary+"x")) || s.Equal(secret.Secret{}) {
		t.Fatal("a secret does not compare as it should")
	}
	twin.Zero()
	if !s.IsZero() || s.Reveal() != "" || s.String() != "" || !s.Equal(secret.Secret{}) {
		t.Errorf("a copy still holds %d characters", len(s.Reveal()))
	}
	secret.Secret{}.Zero() // has nothing to wipe and must not panic
}

func TestParse(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		canary: canary, "  " + canary + "\r\n": canary, `"` + canary + `"`: canary, "'" + canary + "'\n": canary, "`" + canary + "`": canary,
		"\ufeff“" + canary + "”\u200b": canary, "my-local-token": "my-local-token", "x": "x", "gsk_abc/def+ghi=": "gsk_abc/def+ghi=", "\x00" + canary + "\x1b": canary,
	}
	for text, want := range good {
		got, err := secret.Parse(text)
		if err != nil || got.Reveal() != want {
			t.Errorf("Parse(%q): %v, %v", text, got, err)
		}
	}
	bad := map[string]string{
		"": "No API key", " \n\t": "No API key", `""`: "No API key", "http://x": "web address", "HTTPS://platform.openai.com/api-keys": "web address",
		canary + " " + canary: "space", canary + "\n" + canary: "more than one line", canary[:20] + "\t" + canary: "space", canary[:20] + "\x07" + canary: "U+0007",
		canary[:20] + "é" + canary: "U+00E9", canary[:20] + "\u200b" + canary: "U+200B", strings.Repeat("k", 2049): "too long",
	}
	for text, want := range bad {
		got, err := secret.Parse(text)
		var e *secret.Error
		if !errors.As(err, &e) || e.Code != secret.CodeMalformed || !strings.Contains(e.Message, want) || e.Hint == "" {
			t.Errorf("Parse(%q): %v, %v", text, got, err)
			continue
		}
		mustHide(t, "the error", e.Message+e.Hint)
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]secret.Kind{"sk-abc": secret.KindUser, "sk-proj-abc": secret.KindProject, "sk-svcacct-a": secret.KindServiceAccount,
		"sk-admin-abc": secret.KindAdmin, "gsk_abc": secret.KindUnknown, "": secret.KindUnknown, "SK-ADMIN-x": secret.KindUnknown} {
		if got := secret.New(key).Kind(); got != want {
			t.Errorf("%q is %s, not %s", key, got, want)
		}
	}
}

func TestLooksLikeKey(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{canary: true, "sk-x": false, "--key=sk-abc": true, "task-formatter": false, "risk-sk-ab": false, "gsk_abcdef0123456789abcdef": true, "eyJhbGciOiJIUzI1NiIsInR5cCI6": true,
		"show": false, "connect": false, "lead-qualification-of-2026": false, "/a/very/long/path/to/records-2026.csv": false, "": false, "a sentence with 2026 and 11 in it": false} {
		if got := secret.LooksLikeKey(word); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}

func TestHide(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	raw := []byte(canary)
	for _, quoted := range []string{canary, "Bearer " + canary, canary[:30], canary[20:40], canary[len(canary)-12:], hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString([]byte("x" + canary)), base64.StdEncoding.EncodeToString([]byte(":" + canary + ":"))} {
		got := s.Hide("before " + quoted + " after")
		mustHide(t, quoted, got)
		if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after") || !strings.Contains(got, "…") {
			t.Errorf("Hide(%q) = %q", quoted, got)
		}
	}
	for _, harmless := range []string{"", "a sentence", "sk-proj-… is the mask", "Incorrect API key provided: sk-proj-****wxyz."} {
		if got := s.Hide(harmless); got != harmless {
			t.Errorf("Hide(%q) = %q", harmless, got)
		}
	}
	for _, tt := range [][3]string{{"", "text", "text"}, {"x", "text", "text"}, {"none", "key none here", "key … here"}, {"sk-abc", "key sk-abc", "key …"}} {
		if got := secret.New(tt[0]).Hide(tt[1]); got != tt[2] {
			t.Errorf("%q.Hide(%q) = %q", tt[0], tt[1], got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{canary, " " + canary + "\n", "", "http://x", "\"'", "é", "\xff\xfe", "sk-\x00", strings.Repeat(" ", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := secret.Parse(text)
		if err != nil {
			if !s.IsZero() {
				t.Error("an error and a key")
			}
			if len(text) >= 12 && strings.Contains(err.Error(), text) {
				t.Errorf("the error quotes the text: %v", err)
			}
			return
		}
		key := s.Reveal()
		if key == "" || strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 || !strings.Contains(text, key) {
			t.Errorf("%q was read as %q", text, key)
		}
		again, err := secret.Parse(key)
		if err != nil || again.Reveal() != key {
			t.Errorf("%q reads as %v, %v", key, again.Reveal(), err)
		}
		if m := s.Mask(); len(key) >= 20 && strings.Contains(m, key[len(key)-5:]) {
			t.Errorf("the mask %q shows more than four characters", m)
		}
	})
}

func FuzzHide(f *testing.F) {
	f.Add(canary, "before ", " after")
	f.Add("none", "", "")
	f.Add("sk-proj-12345678", "sk-proj-", "12345678")
	f.Fuzz(func(t *testing.T, key, before, after string) {
		got := secret.New(key).Hide(before + key + after)
		body := key
		for _, word := range []string{"sk-proj-", "sk-svcacct-", "sk-admin-", "sk-"} {
			if rest, ok := strings.CutPrefix(key, word); ok {
				body = rest
				break
			}
		}
		if len(body) >= 8 && strings.Contains(got, body) && !strings.Contains("…", body) {
			t.Errorf("%q is still in %q", body, got)
		}
	})
}
