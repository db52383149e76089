package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"askflow/internal/flow"
	"askflow/internal/source"
)

// File is the text of a workflow file and how the portal reads it. Its methods return a new text; the one they are
// called on stays as it is.
type File struct {
	// Name says by its ending whether the text is HubSpot's v4 object (.json) or the short form (.yaml, .yml).
	Name string
	Text []byte
	// OpenAI and Options are those that flow.Parse is given.
	OpenAI  flow.OpenAIAction
	Options []flow.Option
}

func (f File) parse(text []byte) (*flow.Flow, source.Problems) {
	return flow.Parse(f.Name, text, f.OpenAI, f.Options...)
}

// work is one change of a file.
type work struct {
	file File
	doc  *Doc
	old  *flow.Flow
	errs int // errors that the file had before
	// ed is what is edited: the document itself where it is the short form; else a short form made of its v4 object, every
	// step with its action id, whose changes then go into the v4 object.
	ed editor
	// base is where the v4 object stands in the document; nil where the document is the short form.
	base Path
	// steps are those of ed, in document order.
	steps []step
}

func (f File) open() (*work, error) {
	doc, err := Open(f.Name, f.Text)
	if err != nil {
		return nil, err
	}
	old, problems := f.parse(f.Text)
	if old == nil {
		if len(problems.Errors()) == 0 {
			return nil, fmt.Errorf("%s is no workflow", f.Name)
		}
		return nil, fmt.Errorf("mend this first, then change the workflow: %w", problems.Errors()[0])
	}
	w := &work{file: f, doc: doc, old: old, errs: len(problems.Errors()), ed: doc}
	switch raw := doc.root.Get("flow"); {
	case doc.json:
		w.base = Path{}
	case raw != nil && (len(doc.root.Members) == 1 || raw.Get("actions") != nil):
		w.base = Path{Key("flow")}
	default:
		w.steps, err = matchSteps(doc.root, old)
		return w, err
	}
	return w, w.openShort()
}

// openShort makes the short form of a v4 object.
func (w *work) openShort() error {
	short, err := flow.ToYAML(w.old, w.file.OpenAI, w.file.Options...)
	if err != nil {
		return fmt.Errorf("%s: %w", w.file.Name, err)
	}
	if short.Get("steps") == nil {
		return fmt.Errorf("%s: this workflow has no form as a list of steps, so it cannot be changed here; change it in an editor, or in HubSpot", w.file.Name)
	}
	text, err := source.FormatYAML(short)
	if err != nil {
		return fmt.Errorf("%s: %w", w.file.Name, err)
	}
	root, problems := source.ParseYAML(w.file.Name, text)
	if problems.HasErrors() {
		return problems.Errors()[0]
	}
	f, problems := decode(w.file, root)
	if f == nil {
		return problems.Errors()[0]
	}
	t := &tree{root: root}
	w.ed = t
	if w.steps, err = matchSteps(root, f); err != nil {
		return err
	}
	for _, s := range w.steps {
		item := s.path.At(root)
		if s.action != nil && item.Get("action_id") == nil && item.Get(s.kind).Get("action_id") == nil {
			item.Set("action_id", source.NewString(s.action.ID, item.Pos))
		}
	}
	return nil
}

// decode reads a short form.
func decode(f File, root *source.Node) (*flow.Flow, source.Problems) {
	v4, problems := flow.FromYAML(f.Name, root, f.OpenAI, f.Options...)
	if v4 == nil {
		return nil, problems
	}
	out, more := flow.Decode(f.Name, v4)
	return out, append(problems, more...)
}

// override takes out what the short form of a v4 object says a second time under flow and flow_without, which would win
// over the change.
func (w *work) override(members ...string) {
	t, ok := w.ed.(*tree)
	if !ok {
		return
	}
	for _, m := range members {
		if raw := t.root.Get("flow"); raw != nil {
			raw.Delete(m)
		}
		if without := t.root.Get("flow_without"); without != nil {
			without.Items = slices.DeleteFunc(without.Items, func(n *source.Node) bool { return n.Text == m })
		}
	}
}

// finish brings the change into the text and reads it back. adjust, which may be nil, has the last word on a v4 object.
func (w *work) finish(adjust func(v4 *source.Node)) ([]byte, *flow.Flow, error) {
	if w.base != nil {
		v4, problems := flow.FromYAML(w.file.Name, w.ed.Root(), w.file.OpenAI, w.file.Options...)
		if v4 == nil {
			return nil, nil, withoutPlace(problems.Errors()[0])
		}
		if adjust != nil {
			adjust(v4)
		}
		if err := merge(w.doc, w.base, v4); err != nil {
			return nil, nil, err
		}
	}
	text := w.doc.Text()
	f, problems := w.file.parse(text)
	if f == nil || len(problems.Errors()) > w.errs {
		errs := problems.Errors()
		if len(errs) == 0 {
			return nil, nil, fmt.Errorf("%s would be no workflow any more", w.file.Name)
		}
		return nil, nil, errs[len(errs)-1]
	}
	return text, f, nil
}

// withoutPlace drops line and column, which are those of a text that nobody has seen.
func withoutPlace(p source.Problem) error {
	p.Line, p.Col = 0, 0
	return p
}

// SetTop sets one of the workflow's own keys: name, description, enabled (true or false) or object. An empty value takes
// the key out, except for object, which a workflow needs.
func (f File) SetTop(key, value string) ([]byte, error) {
	members := map[string][]string{"name": {"name"}, "description": {"description"}, "enabled": {"isEnabled"},
		"object": {"objectTypeId", "type", "suppressionListIds", "canEnrollFromSalesforce", "goalFilterBranch", "suppressionFilterBranch"}}[key]
	if members == nil {
		return nil, fmt.Errorf("%q is no key of a workflow that can be set; use name, description, enabled or object", key)
	}
	w, err := f.open()
	if err != nil {
		return nil, err
	}
	n, err := topValue(key, value)
	if err != nil {
		return nil, err
	}
	if key == "object" {
		w.override(members[:2]...)
	} else {
		w.override(members...)
	}
	if err := put(w.ed, nil, key, n, topOrder()); err != nil {
		return nil, err
	}
	text, now, err := w.finish(nil)
	if err != nil {
		return nil, err
	}
	if key == "object" {
		if err := checkTop(w.old, now, members, "associations", "use_explicit_associations", "sourceSpec"); err != nil {
			return nil, err
		}
		return text, nil
	}
	if err := checkTop(w.old, now, members); err != nil {
		return nil, err
	}
	if got := textOf(now.Node.Get(members[0])); got != value && !(value == "" && got == "false") {
		return nil, fmt.Errorf("%s: %s would still be %q; what stands under flow: wins over it, change it there", f.Name, key, got)
	}
	return text, nil
}

// topValue reads what was typed for a key of the workflow; nil takes it out.
func topValue(key, value string) (*source.Node, error) {
	switch {
	case key == "object" && value == "":
		return nil, fmt.Errorf("a workflow needs an object, for example contact")
	case value == "":
		return nil, nil
	case key != "enabled":
		return source.NewString(value, source.Pos{}), nil
	case value != "true" && value != "false":
		return nil, fmt.Errorf("enabled is true or false, not %q", value)
	default:
		return source.NewBool(value == "true", source.Pos{}), nil
	}
}

// SetTriggers replaces who enrolls. enroll is YAML: what stands under the key enroll (when, re_enroll, manual, criteria), or
// the list of conditions that stands under when. Empty text takes the triggers out.
func (f File) SetTriggers(enroll string) ([]byte, error) {
	w, err := f.open()
	if err != nil {
		return nil, err
	}
	n, problems := source.ParseYAML("enroll", []byte(enroll))
	if problems.HasErrors() {
		return nil, problems.Errors()[0]
	}
	wrapped := n != nil && n.Kind == source.Array
	if wrapped {
		when := source.NewObject(source.Pos{})
		when.Set("when", n)
		n = when
	}
	if n != nil && n.Kind != source.Object {
		return nil, fmt.Errorf("enroll takes when, manual: true or criteria, but here stands %s", n.Kind)
	}
	w.override("enrollmentCriteria")
	written := false
	if n != nil && w.base == nil && !wrapped {
		written = w.doc.setTyped("enroll", n, enroll)
	}
	if !written {
		if err := put(w.ed, nil, "enroll", n, topOrder()); err != nil {
			return nil, err
		}
	}
	text, now, err := w.finish(nil)
	if err != nil {
		return nil, err
	}
	if err := checkTop(w.old, now, []string{"enrollmentCriteria"}); err != nil {
		return nil, err
	}
	return text, nil
}

// setTyped replaces a top key's value by YAML as somebody typed it, comments and layout included; false where that is
// not possible.
func (d *Doc) setTyped(key string, value *source.Node, typed string) bool {
	if d.root.Get(key) == nil {
		return false
	}
	y, err := newYAMLText(d.text)
	if err != nil {
		return false
	}
	s, err := y.find(Path{Key(key)})
	if err != nil || s.p.marked || s.parent.flow {
		return false
	}
	want := &tree{root: d.root.Clone()}
	if err := want.Set(Path{Key(key)}, value.Clone()); err != nil {
		return false
	}
	typed = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if strings.HasPrefix(typed, "{") && !strings.Contains(typed, "\n") {
		return d.try(y.replace(s, typed, nil), want.root)
	}
	lines := strings.Split(typed, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			lines[i] = strings.Repeat(" ", y.unit) + l
		}
	}
	return d.try(y.replace(s, "", lines), want.root)
}

func topOrder() []string {
	return []string{"name", "id", "description", "object", "enabled", "enroll", "suppress_lists", "goal", "suppress_when", "data_sources", "steps", "flow", "flow_without"}
}

// put sets, adds or, for a nil value, takes out a key of an object; a new key goes behind the last one that comes before
// it in order.
func put(ed editor, at Path, key string, value *source.Node, order []string) error {
	n := at.At(ed.Root())
	if n == nil {
		return missing(at)
	}
	has := memberIndex(n, key) >= 0
	switch {
	case value == nil && has:
		return ed.Remove(at.with(Key(key)))
	case value == nil:
		return nil
	case has:
		return ed.Set(at.with(Key(key)), value)
	}
	rank := func(k string) int {
		if i := slices.Index(order, k); i >= 0 {
			return i
		}
		return len(order)
	}
	after := ""
	for _, m := range n.Members {
		if rank(m.Key) < rank(key) || after == "" && rank(key) == len(order) {
			after = m.Key
		}
	}
	if rank(key) == len(order) && len(n.Members) > 0 {
		after = n.Members[len(n.Members)-1].Key
	}
	return ed.InsertKey(at, key, value, after)
}

func textOf(n *source.Node) string {
	if n.IsScalar() {
		return n.Text
	}
	return ""
}
