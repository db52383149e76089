package prompttest

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/source"
)

// MaxRepeat is how often a test may ask every question.
const MaxRepeat = 100

// Read reads a test file: JSON when its name ends so, YAML otherwise. It looks at the file alone; what it says of a workflow is
// looked at by Compile. The test is nil when nothing could be read; with an error among the problems it must not be used.
// Unknown keys are errors.
func Read(file string, data []byte) (*Test, source.Problems) {
	parse := source.ParseYAML
	if strings.EqualFold(path.Ext(file), ".json") {
		parse = source.ParseJSON
	}
	root, problems := parse(file, data)
	if problems.HasErrors() {
		return nil, problems
	}
	r := &testReader{Reader: source.Reader{File: file, Strict: true, Problems: problems}}
	if root == nil || root.Kind == source.Null {
		r.Errorf(source.Pos{Line: 1, Col: 1}, "empty_file", "begin with workflow: and cases:", "the test is empty")
		return nil, r.Problems
	}
	t := r.test(root)
	r.Problems.Sort()
	return t, r.Problems
}

type testReader struct{ source.Reader }

func (r *testReader) test(root *source.Node) *Test {
	name := strings.TrimPrefix(r.File, DirName+"/")
	t := &Test{File: r.File, Name: strings.TrimSuffix(name, path.Ext(name)), Pos: make(map[string]source.Pos, len(root.Members)), Node: root}
	for _, m := range root.Members {
		t.Pos[m.Key] = m.KeyPos
	}
	f := r.Object(root, "a test")
	t.Description = f.String("description")
	t.Workflow, t.WorkflowPos = f.Need("workflow"), f.Pos("workflow")
	t.Answers = r.choice(f, "answers", "scripted", "replay", "record", "live")
	r.enroll(f, t)
	t.Each = r.expectations(f, "each")
	t.Cases = r.cases(f)
	if f.Node.Get("each") == nil && f.Node.Get("cases") == nil && root.Kind == source.Object {
		r.Errorf(root.Pos, "nothing_expected", "say what each record comes to under each:, or single records under cases:", "the test expects nothing")
	}
	if m := f.Get("matrix"); m != nil {
		t.Matrix = r.matrix(m)
	}
	r.figures(f, t)
	t.Now = f.String("now")
	t.Era = r.choice(f, "era", "responses", "assistants", "sunset")
	if t.Faults = f.String("faults"); t.Faults != "" {
		r.local(f.Pos("faults"), t.Faults)
	}
	t.Pins = r.pins(f)
	t.Stubs = r.texts(f, "stubs")
	t.Records = r.texts(f, "records")
	for i, name := range t.Records {
		r.local(itemPos(f.Node.Get("records"), i), name)
	}
	f.Done()
	return t
}

// figures reads the numbers of a test.
func (r *testReader) figures(f *source.Fields, t *Test) {
	if f.Get("repeat") != nil {
		if t.Repeat = f.Int("repeat", 1); t.Repeat < 1 || t.Repeat > MaxRepeat {
			r.Errorf(f.Pos("repeat"), "bad_value", "", "repeat must lie between 1 and %d, not %d", MaxRepeat, t.Repeat)
			t.Repeat = 1
		}
	}
	if n := f.Get("threshold"); n != nil {
		t.Threshold = r.threshold(n)
	}
	t.Seed = int64(f.Int("seed", 1))
}

// threshold reads the share of cases that must pass, written as behind --threshold.
func (r *testReader) threshold(n *source.Node) *float64 {
	const hint = "0.95, or 95%, lets one case in twenty fail"
	if !n.IsScalar() {
		r.Errorf(n.Pos, "wrong_type", hint, "threshold must be a share, but here stands %s", n.Kind)
		return nil
	}
	x, err := ParseShare(n.Text, 1)
	if err != nil {
		r.Errorf(n.Pos, "bad_value", hint, "threshold: %s", err)
		return nil
	}
	return &x
}

// choice reads one of several words; "" where the key is missing.
func (r *testReader) choice(f *source.Fields, key string, allowed ...string) string {
	v := f.String(key)
	if v == "" || slices.Contains(allowed, v) {
		return v
	}
	hint := "use one of: " + strings.Join(allowed, ", ")
	if near := source.Nearest(v, allowed); near != "" {
		hint = fmt.Sprintf("did you mean %q? It may be: %s", near, strings.Join(allowed, ", "))
	}
	r.Errorf(f.Pos(key), "bad_value", hint, "%s is no value for %q", quote(v), key)
	return ""
}

// enroll reads matching, all, or a list of record ids.
func (r *testReader) enroll(f *source.Fields, t *Test) {
	n := f.Get("enroll")
	if n == nil {
		return
	}
	t.EnrollPos = n.Pos
	if n.Kind != source.Array {
		hint := "use matching, all, or a list of record ids in brackets"
		text := f.String("enroll")
		if near := source.Nearest(text, []string{"matching", "all"}); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		if n.IsScalar() && text != "matching" && text != "all" {
			r.Errorf(n.Pos, "bad_value", hint, "%s is no value for \"enroll\"", quote(text))
			return
		}
		t.Enroll = text
		return
	}
	ids := r.texts(f, "enroll")
	for i, id := range ids {
		if strings.Contains(id, ",") || strings.TrimSpace(id) != id {
			r.Errorf(itemPos(n, i), "bad_value", "write one id an entry", "%s is no record id", quote(id))
		}
	}
	t.Enroll = strings.Join(ids, ",")
}

// texts reads a list that is not empty, each entry once.
func (r *testReader) texts(f *source.Fields, key string) []string {
	before := len(r.Problems)
	list := f.Strings(key)
	n := f.Node.Get(key)
	if len(r.Problems) > before || n == nil {
		return list
	}
	if n.Kind == source.Array && len(n.Items) == 0 {
		r.Errorf(n.Pos, "empty_list", "leave the key out", "%q is an empty list", key)
	}
	seen := map[string]bool{}
	for i, text := range list {
		switch {
		case text == "":
			r.Errorf(itemPos(n, i), "bad_value", "", "an entry of %q is empty", key)
		case seen[text]:
			r.Errorf(itemPos(n, i), "duplicate_value", "", "%s stands twice in %q", quote(text), key)
		}
		seen[text] = true
	}
	return list
}

// pins reads the answers that steps are given, by step or STEP.OUTPUT.
func (r *testReader) pins(f *source.Fields) map[string]string {
	n := f.Get("pins")
	if n == nil {
		return nil
	}
	members := r.Object(n, "pins").Node.Members
	pins := make(map[string]string, len(members))
	for _, m := range members {
		switch {
		case m.Value.Kind == source.Null:
			r.Errorf(m.KeyPos, "bad_value", `write "" for an empty answer`, "the step %s is given no answer", quote(m.Key))
		case !m.Value.IsScalar():
			r.Errorf(m.Value.Pos, "wrong_type", "", "pins: %s must be text, but here stands %s", quote(m.Key), m.Value.Kind)
		default:
			pins[m.Key] = m.Value.Text
		}
	}
	if n.Kind == source.Object && len(n.Members) == 0 {
		r.Errorf(n.Pos, "empty_list", "leave the key out", `"pins" is empty`)
	}
	return pins
}

// local refuses names of files that lie outside of the portal folder.
func (r *testReader) local(pos source.Pos, name string) {
	if name != "" && (!filepath.IsLocal(filepath.FromSlash(name)) || path.IsAbs(name)) {
		r.Errorf(pos, "bad_path", "name it from the portal folder, with slashes: records/sample.csv", "%s is no file of the portal folder", quote(name))
	}
}

// cases reads what is expected of single records.
func (r *testReader) cases(f *source.Fields) []*Case {
	n := f.Node.Get("cases")
	items := f.Items("cases")
	if n != nil && len(items) == 0 && (n.Kind == source.Array || n.Kind == source.Null) {
		r.Errorf(n.Pos, "nothing_expected", "begin each case with a dash and the record: - record: \"101\"", "cases is empty")
	}
	var cases []*Case
	type key struct{ record, name string }
	seen := map[key]source.Pos{}
	for _, it := range items {
		cf := r.Object(it, "a case")
		c := &Case{Record: cf.Need("record"), Name: cf.String("name"), Pos: cf.Pos("record")}
		if it.Kind == source.Object && it.Get("expect") == nil {
			r.Errorf(it.Pos, "nothing_expected", "say what it comes to under expect:", "the case expects nothing")
		}
		c.Expect = r.expectations(cf, "expect")
		cf.Done()
		if c.Record != strings.TrimSpace(c.Record) {
			r.Errorf(c.Pos, "bad_value", "", "%s is no record id", quote(c.Record))
		}
		k := key{c.Record, c.Name}
		if first, twice := seen[k]; twice && c.Record != "" {
			r.Errorf(c.Pos, "duplicate_case", "give it a name of its own, or write both as one case", "%s has a case already, at line %d", caseName(c), first.Line)
		}
		seen[k] = c.Pos
		cases = append(cases, c)
	}
	return cases
}

// caseName is what messages call a case.
func caseName(c *Case) string {
	if c.Name == "" {
		return "the record " + quote(c.Record)
	}
	return fmt.Sprintf("the record %s with the name %s", quote(c.Record), quote(c.Name))
}

// itemPos is where the i-th entry of a list stands, or the list where it is a single value.
func itemPos(n *source.Node, i int) source.Pos {
	switch {
	case n == nil:
		return source.Pos{}
	case i < len(n.Items):
		return n.Items[i].Pos
	}
	return n.Pos
}

// quote puts text from a file into a message, shortened.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
