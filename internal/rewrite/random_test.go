package rewrite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"askflow/internal/flow"
	"askflow/internal/rewrite"
	"askflow/internal/source"
)

func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", " ", "a", "a b", "012", "1", "yes", "null", "~", "2026-01-01", "k: v", "# x", "x # y", "- a", "{{ a.b }}", "[x", "'", "\"", "a\\b",
			"one\ntwo", "one\ntwo\n", "\n\nx", " a\n  b", "\tx\ny", "x\n\n\n", "x  \ny", "a\r\nb", "\x1b[1m", "\u202e", "é漢🙂", "a\u0301", "\ufeff", "\u2028", "a:", "?", "%x", "@x", "`x", "*x", "&x", "!x", "|", ">-", "---", "...", "=", "<<", "a,b", "a]b", "a}b"}),
		rapid.StringN(0, 12, 40),
	)
}

// values generates a tree.
func values(depth int) *rapid.Generator[*source.Node] {
	return rapid.Custom(func(t *rapid.T) *source.Node {
		kind := rapid.IntRange(0, 7).Draw(t, "kind")
		switch {
		case kind == 6 && depth > 0:
			n := source.NewArray(source.Pos{})
			n.Items = rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "items")
			return n
		case kind == 7 && depth > 0:
			n := source.NewObject(source.Pos{})
			for range rapid.IntRange(0, 4).Draw(t, "size") {
				// a merge key is refused, and so are keys of several lines ("? |"): nobody writes them
				n.Set(strings.NewReplacer("<<", "<", "\n", " ", "\r", " ", "\u2028", " ").Replace(texts().Draw(t, "key")), values(depth-1).Draw(t, "value"))
			}
			return n
		case kind == 0:
			return num(rapid.SampledFrom([]string{"0", "1.10", "-2e3"}).Draw(t, "number"))
		case kind == 1:
			return source.NewBool(true, source.Pos{})
		default:
			return str(texts().Draw(t, "text"))
		}
	})
}

// paths lists the paths of all values below the root.
func paths(n *source.Node, at rewrite.Path) []rewrite.Path {
	var out []rewrite.Path
	for i, it := range n.Items {
		p := append(slices.Clone(at), rewrite.Item(i))
		out = append(append(out, p), paths(it, p)...)
	}
	for _, m := range n.Members {
		p := append(slices.Clone(at), rewrite.Key(m.Key))
		out = append(append(out, p), paths(m.Value, p)...)
	}
	return out
}

// A document of any values takes any change, and its comments stay.
func TestAnyChangeOfAnyDocument(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		root := source.NewObject(source.Pos{})
		root.Set("first", values(3).Draw(t, "first"))
		root.Set("second", values(3).Draw(t, "second"))
		root.Set("last", values(1).Draw(t, "last"))
		name, text := "x.json", source.FormatJSON(root)
		if rapid.Bool().Draw(t, "yaml") {
			name = "x.yaml"
			var err error
			if text, err = source.FormatYAML(root); err != nil {
				t.Skip(err)
			}
			text = []byte("# head\n" + strings.Replace(string(text), "\nsecond:", "\n\n# between\nsecond:", 1) + "# end\n")
		}
		if rapid.Bool().Draw(t, "crlf") {
			text = []byte(strings.ReplaceAll(string(text), "\n", "\r\n"))
		}
		d, err := rewrite.Open(name, text)
		if err != nil {
			t.Skip(err) // what no file can hold
		}
		for range 3 {
			want := d.Root().Clone()
			at := rapid.SampledFrom(paths(want, nil)).Draw(t, "path")
			parent := at[:len(at)-1]
			value := values(2).Draw(t, "value")
			var what string
			switch holder := parent.At(want); rapid.SampledFrom([]string{"set", "insert", "remove"}).Draw(t, "change") {
			case "set":
				what, err = "setting", d.Set(at, value)
				*at.At(want) = *value
			case "insert":
				if holder.Kind == source.Array {
					what, err = "inserting an item at", d.InsertItem(parent, 0, value)
					holder.Items = append([]*source.Node{value}, holder.Items...)
					break
				}
				what, err = "inserting a key at", d.InsertKey(parent, "new key", value, holder.Members[len(holder.Members)-1].Key)
				if holder.Get("new key") != nil {
					if err == nil {
						t.Fatalf("a key was inserted twice")
					}
					continue
				}
				holder.Set("new key", value)
			default:
				what, err = "taking out", d.Remove(at)
				if holder.Kind == source.Array {
					i := slices.IndexFunc(holder.Items, func(n *source.Node) bool { return n == at.At(want) })
					holder.Items = slices.Delete(holder.Items, i, i+1)
				} else {
					gone := at.At(want)
					holder.Members = slices.DeleteFunc(holder.Members, func(m source.Member) bool { return m.Value == gone })
				}
			}
			if err != nil {
				t.Fatalf("%s %s: %v\nvalue %s\n%s", what, at, err, source.AppendJSON(nil, value), d.Text())
			}
			again, err := rewrite.Open(name, d.Text())
			if err != nil || !source.Equal(again.Root(), want) {
				t.Fatalf("%s %s: %v\ngot  %s\nwant %s\n%s", what, at, err, source.AppendJSON(nil, again.Root()), source.AppendJSON(nil, want), d.Text())
			}
			if name == "x.yaml" && (!strings.Contains(string(d.Text()), "# head") || !strings.Contains(string(d.Text()), "# end")) {
				t.Fatalf("%s %s lost a comment:\n%s", what, at, d.Text())
			}
		}
	})
}

// workflows are all that the tests of the project have, as they are and converted.
func workflows(t testing.TB) []rewrite.File {
	var out []rewrite.File
	for _, glob := range []string{demoFolder + "/*", "../flow/testdata/*/*", "../../testdata/scenarios/*/workflows/*"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f := file(name, string(text))
			old, problems := flow.Parse(f.Name, f.Text, f.OpenAI)
			if old == nil || problems.HasErrors() {
				continue
			}
			out = append(out, f)
			if short, err := flow.ToYAML(old, f.OpenAI); err == nil && strings.HasSuffix(name, ".json") {
				if text, err := source.FormatYAML(short); err == nil {
					out = append(out, file(name+".yaml", string(text)))
				}
			} else if err == nil {
				out = append(out, file(name+".json", string(old.JSON())))
			}
		}
	}
	return out
}

// Whatever is done to a workflow's steps, the other ones stay as they are, and what was put in can be taken out again.
func TestAnyStepsOfAnyWorkflow(t *testing.T) {
	t.Parallel()
	files := workflows(t)
	if len(files) < 60 {
		t.Fatalf("only %d workflows were found", len(files))
	}
	done := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(files).Draw(t, "file")
		for range 3 {
			old, problems := flow.Parse(f.Name, f.Text, f.OpenAI)
			if problems.HasErrors() {
				t.Fatalf("%s does not read back: %v\n%s", f.Name, problems, f.Text)
			}
			if len(old.Actions) == 0 {
				return
			}
			a := rapid.SampledFrom(old.Actions).Draw(t, "action")
			text, id, err := anyChange(t, f, a)
			if err != nil {
				continue // refused; that nothing is written then is the method's own form
			}
			now, problems := flow.Parse(f.Name, text, f.OpenAI)
			if problems.HasErrors() {
				t.Fatalf("%s does not read back: %v\n%s", f.Name, problems, text)
			}
			done[id]++
			unchanged(t, old, now, a, rewrite.Diff(string(f.Text), string(text), f.Name))
			f.Text = text
		}
	})
	for _, what := range []string{"field", "insert", "remove"} {
		if done[what] == 0 {
			t.Errorf("not one change of the kind %q was made", what)
		}
	}
}

func anyChange(t *rapid.T, f rewrite.File, a *flow.Action) ([]byte, string, error) {
	switch rapid.IntRange(0, 2).Draw(t, "change") {
	case 0:
		field := rapid.SampledFrom([]string{"assistant", "prompt", "model", "temperature", "subject", "body", "property"}).Draw(t, "field")
		text, err := f.SetField(a.Display(), field, texts().Draw(t, "value"))
		return text, "field", err
	case 1:
		place := rapid.SampledFrom([]rewrite.Place{{After: a.Display()}, {First: true}, {Last: true},
			{Branch: a.Display(), Arm: "default", First: true}, {Branch: a.Display(), Arm: "else", Last: true}, {Branch: a.Display(), Arm: "1", Last: true}, {Branch: a.Display(), Arm: "SUCCESS", First: true}}).Draw(t, "place")
		text, _, err := f.InsertStep(place, "create_task", []rewrite.Field{rewrite.TextField("subject", "s"), rewrite.TextField("body", texts().Draw(t, "body"))})
		return text, "insert", err
	default:
		text, err := f.RemoveStep(a.Display())
		return text, "remove", err
	}
}

// unchanged compares the bag of the actions' own content: each that is not a's must be in the other workflow too.
func unchanged(t *rapid.T, old, now *flow.Flow, a *flow.Action, diff string) {
	bag := map[string]int{}
	for _, n := range now.Actions {
		bag[content(n)]++
	}
	lost := 0
	for _, o := range old.Actions {
		if o.ID != a.ID {
			if bag[content(o)] == 0 {
				lost++
			}
			bag[content(o)]--
		}
	}
	if lost > 0 && len(now.Actions) >= len(old.Actions) {
		t.Fatalf("%d other steps were changed:\n%s", lost, diff)
	}
	for _, key := range []string{"name", "enrollmentCriteria", "objectTypeId", "dataSources", "goalFilterBranch", "isEnabled"} {
		if !source.Equal(old.Node.Get(key), now.Node.Get(key)) {
			t.Fatalf("%s was changed:\n%s", key, diff)
		}
	}
}

// content is an action's kind and fields, ids of others left out.
func content(a *flow.Action) string {
	if a.Fields == nil {
		return a.KindID()
	}
	n := a.Fields.Clone()
	for _, m := range n.Members {
		m.Value.Delete("actionId")
	}
	text := string(source.AppendJSON([]byte(a.TypeID), n))
	for i := 40; i > 0; i-- {
		text = strings.ReplaceAll(text, fmt.Sprintf("action_output_%d.", i), "action_output.")
	}
	return text
}

func FuzzDoc(f *testing.F) {
	f.Add("a: |2+ # c\n    x\n\nb: {c: [d, 'e'], \"f\": }\n", "one\ntwo", uint8(2))
	f.Add("- - a\n  - b: &x 1\n    c: *x\n-\n", " x", uint8(5))
	f.Add("? a\n: b\n\"c\\\n  d\": >-\n e\n", "#", uint8(0))
	f.Add("a: b\u2028c: d\n", "e", uint8(0))
	f.Fuzz(func(t *testing.T, text, value string, which uint8) {
		for _, name := range []string{"x.yaml", "x.json"} {
			d, err := rewrite.Open(name, []byte(text))
			if err != nil {
				continue
			}
			all := paths(d.Root(), nil)
			if len(all) == 0 {
				continue
			}
			at := all[int(which)%len(all)]
			want := d.Root().Clone()
			if err := d.Set(at, str(value)); err != nil {
				if string(d.Text()) != text {
					t.Fatalf("a refused change of %q left %q", text, d.Text())
				}
				continue
			}
			*at.At(want) = *str(value)
			again, err := rewrite.Open(name, d.Text())
			if err != nil || !source.Equal(again.Root(), want) {
				t.Fatalf("%q with %s = %q became %q", text, at, value, d.Text())
			}
		}
	})
}
