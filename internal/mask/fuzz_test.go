package mask_test

import (
	"testing"
	"unicode/utf8"

	"askflow/internal/mask"
	"askflow/internal/source"
)

// Rules from anywhere end in rules or in findings that have a place.
func FuzzReadRules(f *testing.F) {
	for _, seed := range []string{"- {property: \"hs_*\", as: keep}", "- {words: [a, b], as: name}", "- {pattern: 'K-\\d+', as: id}", "- {pattern: '(', as: id}", "x: y", "- - -", "- {property: '[', as: phone}", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		node, problems := source.ParseYAML("rules.yaml", []byte(text))
		if problems.HasErrors() {
			return
		}
		rules, problems := mask.ReadRules("rules.yaml", node)
		for _, p := range problems {
			if p.Line < 1 || p.Message == "" {
				t.Errorf("%+v", p)
			}
		}
		for _, r := range rules.Properties {
			if _, err := mask.ParseKind(string(r.As)); err != nil {
				t.Error(err)
			}
		}
	})
}

// No value makes a mask panic, hang, or turn text into something else.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"Ada Byron", "a@b.example", "+49 170 1234567", "https://a.example/?q=1#x", "2026-01-05", "İstanbul ﬁ ẞ", "::1 @a 10.0.0.1", "\xff\xfe", "Inc. Inc. Inc."} {
		for i := range mask.Kinds() {
			f.Add(seed, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, value string, n uint8) {
		kind := mask.Kinds()[int(n)%len(mask.Kinds())]
		got := masker().Value(kind, value, of("x"))
		if utf8.ValidString(value) && !utf8.ValidString(got) {
			t.Errorf("%s of %q: %q", kind, value, got)
		}
		if again := masker().Value(kind, value, of("x")); again != got {
			t.Errorf("%s of %q: %q, then %q", kind, value, got, again)
		}
	})
}

func BenchmarkText(b *testing.B) {
	m := masker()
	text := "Mail me at ada@looms.example or call +49 170 1234567; the gateway in hall 2 lost mobile data for 9 h on Sunday, see https://looms.example/t?id=7."
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		m.Value(mask.Text, text, of("message"))
	}
}
