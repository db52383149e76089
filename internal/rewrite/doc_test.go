package rewrite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/rewrite"
	"askflow/internal/source"
)

func str(s string) *source.Node { return source.NewString(s, source.Pos{}) }
func num(s string) *source.Node { return source.NewNumber(s, source.Pos{}) }

func yamlNode(t *testing.T, s string) *source.Node {
	t.Helper()
	n, problems := source.ParseYAML("value", []byte(s))
	if problems.HasErrors() || n == nil {
		t.Fatalf("%s: %v", s, problems)
	}
	return n
}

// path reads steps[0].prompt.
func path(s string) rewrite.Path {
	var out rewrite.Path
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		var i int
		if _, err := fmt.Sscanf(part, "%d", &i); err == nil {
			out = append(out, rewrite.Item(i))
		} else {
			out = append(out, rewrite.Key(part))
		}
	}
	return out
}

type docEdit func(*rewrite.Doc) error

func set(at string, n *source.Node) docEdit {
	return func(d *rewrite.Doc) error { return d.Set(path(at), n) }
}
func key(at, name string, n *source.Node, after string) docEdit {
	return func(d *rewrite.Doc) error { return d.InsertKey(path(at), name, n, after) }
}
func item(at string, i int, n *source.Node) docEdit {
	return func(d *rewrite.Doc) error { return d.InsertItem(path(at), i, n) }
}
func remove(at string) docEdit {
	return func(d *rewrite.Doc) error { return d.Remove(path(at)) }
}

func TestYAMLKeepsWhatIsNotChanged(t *testing.T) {
	t.Parallel()
	obj := func(s string) *source.Node { return yamlNode(t, s) }
	for _, tt := range []struct {
		name, before string
		edit         docEdit
		after        string
	}{
		{"plain", "a:   1 # one\nb: 2\n", set("a", num("3")), "a:   3 # one\nb: 2\n"},
		{"double quotes stay", "a: \"x\"  # c\n", set("a", str("y")), "a: \"y\"  # c\n"},
		{"single quotes stay", "a: 'x'\n", set("a", str("it's")), "a: 'it''s'\n"},
		{"a number as text is quoted", "a: x\n", set("a", str("012")), "a: \"012\"\n"},
		{"yes is quoted", "a: x\n", set("a", str("yes")), "a: \"yes\"\n"},
		{"a date as text is quoted", "a: x\n", set("a", str("2026-01-01")), "a: \"2026-01-01\"\n"},
		{"012 beside it stays", "zip: 012\na: x\n", set("a", str("y z")), "zip: 012\na: y z\n"},
		{"a colon is quoted", "a: x\n", set("a", str("k: v")), "a: \"k: v\"\n"},
		{"a tab is escaped", "a: x\n", set("a", str("b\tc")), "a: \"b\\tc\"\n"},
		{"a token is quoted", "a: x\n", set("a", str("{{ enrolled_object.x }}")), "a: \"{{ enrolled_object.x }}\"\n"},
		{"an escape sequence is escaped", "a: x\n", set("a", str("\x1b[31m")), "a: \"\\u001b[31m\"\n"},
		{"text that turns is escaped", "a: x\n", set("a", str("a\u202eb")), "a: \"a\\u202eb\"\n"},
		{"unicode", "é: ü # ö\n漢: \"字\" # 字\n", set("漢", str("🙂")), "é: ü # ö\n漢: \"🙂\" # 字\n"},
		{"several lines", "a: x # c\nb: 1\n", set("a", str("one\ntwo\n")), "a: | # c\n  one\n  two\nb: 1\n"},
		{"without a last line break", "a: x\n", set("a", str("one\ntwo")), "a: |-\n  one\n  two\n"},
		{"with a first space", "k:\n  a: x\n", set("k.a", str(" one\ntwo\n")), "k:\n  a: |2\n     one\n    two\n"},
		{"with a carriage return", "a: x\n", set("a", str("one\r\ntwo")), "a: \"one\\r\\ntwo\"\n"},
		{"with empty lines at the end", "a: x\nb: 1\n", set("a", str("one\n\n")), "a: |+\n  one\n\nb: 1\n"},
		{"with empty lines before what follows", "a: x\n\nb: 1\n", set("a", str("one\n\n")), "a: \"one\\n\\n\"\n\nb: 1\n"},
		{"one line of a block", "a: |\n    one\n    two\n\nb: 1\n", set("a", str("one\nTWO\n")), "a: |\n    one\n    TWO\n\nb: 1\n"},
		{"a block becomes a line", "a: | # c\n  one\n\n  two\n\nb: 1\n", set("a", str("one")), "a: one # c\n\nb: 1\n"},
		{"a block with an indicator", "a: |3\n     one\n   two\nb: 1\n", set("a", str("  one\nthree\n")), "a: |3\n     one\n   three\nb: 1\n"},
		{"a folded text", "a: >-\n  one\n  two\nb: 1\n", set("a", str("x\ny")), "a: |-\n  x\n  y\nb: 1\n"},
		{"text over several lines", "a: one\n  two\n  three # c\nb: 1\n", set("a", str("x")), "a: x # c\nb: 1\n"},
		{"quoted over several lines", "a: \"one\n  two\" # c\nb: 1\n", set("a", str("x")), "a: \"x\" # c\nb: 1\n"},
		{"text below its key", "a:\n  # why\n  \"x\"\nb: 1\n", set("a", str("y")), "a:\n  # why\n  \"y\"\nb: 1\n"},
		{"no value", "a: # c\nb: 1\n", set("a", num("2")), "a: 2 # c\nb: 1\n"},
		{"no value at the end", "b: 1\na:", set("a", num("2")), "b: 1\na: 2"},
		{"an object becomes text", "a: # c\n  # d\n  b: 1\n  c: 2\nd: 3\n", set("a", str("x")), "a: x # c\n  # d\nd: 3\n"},
		{"text becomes an object", "a: x # c\nd: 3\n", set("a", obj("{b: [[1]], c: {d: []}}")), "a: # c\n  b:\n    - [1]\n  c:\n    d: []\nd: 3\n"},
		{"braces", "a: {b: 'x', c: \"y\", d: z, e: }\n", set("a.e", str("1, 2")), "a: {b: 'x', c: \"y\", d: z, e: \"1, 2\" }\n"},
		{"quotes in braces", "a: {b: 'x', c: \"y\"}\n", set("a.b", str("z\nz")), "a: {b: \"z\\nz\", c: \"y\"}\n"},
		{"in brackets", "a: [x, 'y', \"z\",\n  w] # c\n", set("a[3]", str("v]")), "a: [x, 'y', \"z\",\n  \"v]\"] # c\n"},
		{"an item", "a:\n- x # c\n- y\n", set("a[0]", str("z")), "a:\n- z # c\n- y\n"},
		{"an item of several lines", "a:\n- x\n- y\n", set("a[0]", str("o\nt\n")), "a:\n- |\n  o\n  t\n- y\n"},
		{"an item that is an object", "a:\n  - b: 1\n    c: 2 # c\n  - y\n", set("a[0]", obj("{d: 1}")), "a:\n  - {d: 1} # c\n  - y\n"},
		{"CRLF", "a: x\r\nb: |\r\n  one\r\n", set("b", str("one\ntwo\n")), "a: x\r\nb: |\r\n  one\r\n  two\r\n"},
		{"a mark", "\xef\xbb\xbfa: x\nb: y\n", set("a", str("z")), "\xef\xbb\xbfa: z\nb: y\n"},
		{"a header and an end", "# h\n---\na: x\n...\n", key("", "b", num("1"), "a"), "# h\n---\na: x\nb: 1\n...\n"},

		{"a key behind a block", "a: |\n  one\n\n# c\nb: 1\n", key("", "k", str("v"), "a"), "a: |\n  one\nk: v\n\n# c\nb: 1\n"},
		{"a key behind comments of the one before", "a:\n  b: 1\n  # c: 2\nd: 3\n", key("", "k", str("v"), "a"), "a:\n  b: 1\n  # c: 2\nk: v\nd: 3\n"},
		{"the first key", "# c\na: 1\n", key("", "k", str("v"), ""), "# c\nk: v\na: 1\n"},
		{"the first key behind a dash", "- a: 1\n  b: 2\n", key("[0]", "k", str("v"), ""), "- k: v\n  a: 1\n  b: 2\n"},
		{"the last key of a file without an end", "a: 1\nb: |\n  x", key("", "k", num("2"), "b"), "a: 1\nb: |-\n  x\nk: 2"},
		{"a block at the end of a file without an end", "a: 1\nb: x", set("b", str("x\ny\n")), "a: 1\nb: |\n  x\n  y\n"},
		{"a key of an empty object", "a: {} # c\nb: 1\n", key("a", "k", str("v"), ""), "a: # c\n  k: v\nb: 1\n"},
		{"a key of nothing", "a:\nb: 1\n", key("a", "k", str("v"), ""), "a:\n  k: v\nb: 1\n"},
		{"a key in braces", "a: {b: 1, c: [2]} # c\n", key("a", "k", str("v"), "b"), "a: {b: 1, k: v, c: [2]} # c\n"},
		{"a key in braces over lines", "a: {\n  b: 1, # c\n  c: 2, # d\n}\n", key("a", "k", str("v"), "c"), "a: {\n  b: 1, # c\n  c: 2, k: v, # d\n}\n"},
		{"a key with four spaces", "a:\n    b:\n        c: 1\n", key("a", "k", obj("{l: [[1]]}"), "b"), "a:\n    b:\n        c: 1\n    k:\n        l:\n            - [1]\n"},
		{"a key that needs quotes", "a: 1\n", key("", "no: yes", num("2"), "a"), "a: 1\n\"no: yes\": 2\n"},

		{"an item behind one", "a:\n  - x # c\n  # d\n  - y\n", item("a", 1, str("z")), "a:\n  - x # c\n  - z\n  # d\n  - y\n"},
		{"the first item", "a:\n  # d\n  - y\n", item("a", 0, str("z")), "a:\n  # d\n  - z\n  - y\n"},
		{"the last item", "a:\n- y", item("a", 1, obj("{k: 1, l: [[2]]}")), "a:\n- y\n- k: 1\n  l:\n    - [2]"},
		{"items apart", "a:\n  - x\n\n  - y\n", item("a", 2, str("z")), "a:\n  - x\n\n  - y\n\n  - z\n"},
		{"an item of an empty list", "a: []\n", item("a", 0, obj("{k: 1}")), "a:\n  - k: 1\n"},
		{"an item in brackets", "a: [x, y, ] # c\n", item("a", 2, str("z")), "a: [x, y, z, ] # c\n"},
		{"the first item in brackets", "a: [ x]\n", item("a", 0, str("z")), "a: [ z, x]\n"},
		{"an item of a list in a list", "- - a\n  - b\n", item("[0]", 0, str("z")), "- - z\n  - a\n  - b\n"},

		{"take out a key", "# a\na: 1 # c\n# b\nb:\n  - 1\n  # d\nc: 2\n", remove("b"), "# a\na: 1 # c\n# b\nc: 2\n"},
		{"take out the first key", "a: 1 # c\nb: 2\n", remove("a"), "b: 2\n"},
		{"take out the last key", "a: 1\nb: |\n  x\n  y", remove("b"), "a: 1"},
		{"take out the only key", "a:\n  b: 1 # c\nd: 2\n", remove("a.b"), "a: {}\nd: 2\n"},
		{"take out the key behind a dash", "- a: 1\n  b: 2\n  c: 3\n", remove("[0].a"), "- b: 2\n  c: 3\n"},
		{"take out of braces", "a: {b: 1, c: 2, d: 3}\n", remove("a.b"), "a: {c: 2, d: 3}\n"},
		{"take the last out of braces", "a: {b: 1, c: 2, d: 3}\n", remove("a.d"), "a: {b: 1, c: 2}\n"},
		{"take the only one out of braces", "a: {b: 1}\n", remove("a.b"), "a: {}\n"},
		{"take out an item", "a:\n  - x\n  # y\n  - b: 1\n    c: 2\n    # d\n  - z\n", remove("a[1]"), "a:\n  - x\n  # y\n  - z\n"},
		{"take out an item between empty lines", "a:\n  - x\n\n  - y\n\n  - z\n", remove("a[1]"), "a:\n  - x\n\n  - z\n"},
		{"take out the only item", "a:\n  - x\nb: 1\n", remove("a[0]"), "a: []\nb: 1\n"},
		{"an anchor elsewhere", "a: &x 1\nb: *x\nc: 2\n", set("c", num("3")), "a: &x 1\nb: *x\nc: 3\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := rewrite.Open("x.yaml", []byte(tt.before))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.edit(d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, string(d.Text())); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestYAMLRefusesWhatItCannotDoAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before string
		edit         docEdit
		says         string
	}{
		{"a value with an anchor", "a: &x 1\nb: *x\n", set("a", num("2")), "anchor"},
		{"an alias", "a: &x 1\nb: *x\n", set("b", num("2")), "alias"},
		{"inside of an anchored object", "a: &x {k: 1}\nb: *x\n", set("a.k", num("2")), "anchors and aliases"},
		{"by way of an alias", "a: &x {k: 1}\nb: *x\n", set("b.k", num("2")), "alias"},
		{"an anchor that others use", "a: &x {k: 1}\nb: *x\n", remove("a"), "a cannot be changed"},
		{"a tag", "a: !!str 1\n", set("a", num("2")), "tag"},
		{"nothing there", "a: 1\n", set("b", num("2")), "there is no b"},
		{"a key twice", "a: 1\n", key("", "a", num("2"), "a"), "already"},
		{"an item of an object", "a: {b: 1}\n", item("a", 0, num("2")), "list"},
		{"an item too far", "a: [1]\n", item("a", 3, num("2")), "there is no a[3]"},
		{"everything", "a: 1\n", set("", num("2")), "whole document"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := rewrite.Open("x.yaml", []byte(tt.before))
			if err != nil {
				t.Fatal(err)
			}
			err = tt.edit(d)
			if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.HasPrefix(err.Error(), "x.yaml") {
				t.Errorf("the error is %v, which does not say %q", err, tt.says)
			}
			if string(d.Text()) != tt.before {
				t.Errorf("the text became %q", d.Text())
			}
		})
	}
	for name, text := range map[string]string{"two documents": "a: 1\n---\nb: 2\n", "a merge key": "a: &x {k: 1}\nb: {<<: *x}\n", "nothing": "# c\n", "no YAML": "a: [", "a NUL byte": "a: \x00\n"} {
		if _, err := rewrite.Open("x.yaml", []byte(text)); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

func TestJSONKeepsWhatIsNotChanged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before string
		edit         docEdit
		after        string
	}{
		{"text", "{\n\t\"a\": \"x\",\n\t\"b\": 1.10\n}\n", set("a", str("é\n\"")), "{\n\t\"a\": \"é\\n\\\"\",\n\t\"b\": 1.10\n}\n"},
		{"on one line", `{"a":1,"b":[1,2]}`, key("", "c", yamlNode(t, "{d: 1}"), "a"), `{"a":1,"c":{"d":1},"b":[1,2]}`},
		{"on one line with spaces", `{"a": 1, "b": [1, 2]}`, item("b", 2, yamlNode(t, "{d: 1}")), `{"a": 1, "b": [1, 2, {"d": 1}]}`},
		{"a key on its line", "{\n    \"a\": 1\n}", key("", "c", yamlNode(t, "{d: [1]}"), "a"), "{\n    \"a\": 1,\n    \"c\": {\n        \"d\": [\n            1\n        ]\n    }\n}"},
		{"the first key", "{\n  \"a\": 1\n}\n", key("", "c", num("2"), ""), "{\n  \"c\": 2,\n  \"a\": 1\n}\n"},
		{"an empty object", "{\n  \"a\": {}\n}\n", key("a", "c", num("2"), ""), "{\n  \"a\": {\n    \"c\": 2\n  }\n}\n"},
		{"an empty list", "{\n  \"a\": []\n}\n", item("a", 0, num("2")), "{\n  \"a\": [\n    2\n  ]\n}\n"},
		{"several on a line", "{\n  \"a\": [\n    1, 2,\n    3, 4\n  ]\n}\n", item("a", 2, num("9")), "{\n  \"a\": [\n    1, 2,\n    9,\n    3, 4\n  ]\n}\n"},
		{"take out", "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n", remove("b"), "{\n  \"a\": 1,\n  \"c\": 3\n}\n"},
		{"take out the last", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", remove("b"), "{\n  \"a\": 1\n}\n"},
		{"take out the only one", "{\"a\": [ 1 ]}", remove("a[0]"), "{\"a\": []}"},
		{"CRLF and a mark", "\xef\xbb\xbf{\r\n  \"a\": 1\r\n}\r\n", key("", "b", yamlNode(t, "[1]"), "a"), "\xef\xbb\xbf{\r\n  \"a\": 1,\r\n  \"b\": [\r\n    1\r\n  ]\r\n}\r\n"},
		{"an escaped key", `{"\u0061": 1, "b": 2}`, set("a", num("3")), `{"\u0061": 3, "b": 2}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, err := rewrite.Open("x.JSON", []byte(tt.before))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.edit(d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.after, string(d.Text())); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	d, err := rewrite.Open("x.json", []byte(`{"a": 1, "a": 2, "b": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(path("a")); err == nil {
		t.Errorf("a key that stands twice was taken out: %s", d.Text())
	}
	if err := d.Set(path("a"), num("5")); err != nil || string(d.Text()) != `{"a": 1, "a": 5, "b": 3}` {
		t.Errorf("of a key that stands twice the last one counts, got %s, %v", d.Text(), err)
	}
}
