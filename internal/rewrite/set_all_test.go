package rewrite_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/rewrite"
	"askflow/internal/source"
)

func TestSetAll(t *testing.T) {
	t.Parallel()
	set := func(value string, path ...rewrite.Part) rewrite.Replacement {
		return rewrite.Replacement{At: path, Value: source.NewString(value, source.Pos{})}
	}
	key, item := rewrite.Key, rewrite.Item
	for name, c := range map[string]struct {
		file, text string
		list       []rewrite.Replacement
		want       string // "" where nothing may change
	}{
		"yaml": {"a.yaml", "# top\nlist:\n  - {a: x, b: 'y'} # first\n  - a: z\nend: |\n  old\n", []rewrite.Replacement{set("1st", key("list"), item(0), key("a")), set("2nd", key("list"), item(0), key("b")), set("new\n", key("end")), set("3rd", key("list"), item(1), key("a"))},
			"# top\nlist:\n  - {a: 1st, b: '2nd'} # first\n  - a: 3rd\nend: |\n  new\n"},
		"json":                     {"a.json", "{\"a\": \"x\",\n \"b\": [\"y\", \"z\"]}\n", []rewrite.Replacement{set("1", key("a")), set("2", key("b"), item(1))}, "{\"a\": \"1\",\n \"b\": [\"y\", \"2\"]}\n"},
		"same":                     {"a.yaml", "a: x\nb: y\n", []rewrite.Replacement{set("x", key("a")), set("y", key("b"))}, "a: x\nb: y\n"},
		"nothing":                  {"a.yaml", "a: x\n", nil, "a: x\n"},
		"one":                      {"a.yaml", "a: x\nb: y\n", []rewrite.Replacement{set("x", key("a")), set("z", key("b"))}, "a: x\nb: z\n"},
		"one of them is not there": {"a.yaml", "a: x\nb: y\n", []rewrite.Replacement{set("1", key("a")), set("2", key("c"))}, ""},
		"one value in two places":  {"a.yaml", "a: &same x\nb: *same\nc: y\n", []rewrite.Replacement{set("1", key("a")), set("2", key("c"))}, ""},
		"one in the other":         {"a.yaml", "a: {b: x}\n", []rewrite.Replacement{set("1", key("a"), key("b")), set("2", key("a"))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := rewrite.Open(c.file, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			err = doc.SetAll(c.list)
			want := c.want
			if want == "" {
				want = c.text
			}
			if (err == nil) != (c.want != "") || err != nil && !strings.HasPrefix(err.Error(), "a.yaml: ") {
				t.Errorf("%v", err)
			}
			if diff := cmp.Diff(want, string(doc.Text())); diff != "" {
				t.Error(diff)
			}
		})
	}
}
