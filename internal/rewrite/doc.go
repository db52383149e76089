// Package rewrite changes workflow files and keeps everything else in them as it is: comments, order, blank lines, quotes,
// indentation, line endings, a byte-order mark.
//
// A change is made in the text, never by writing the document anew. After each one the text is read again, and the change
// counts only when exactly the intended value is different; otherwise the result is an error and the text stays.
package rewrite

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"askflow/internal/source"
)

const byteOrderMark = "\xef\xbb\xbf"

// Doc is a YAML or JSON document that is changed in its text.
type Doc struct {
	name string
	json bool
	bom  bool
	text string // without the mark
	root *source.Node
}

// Open reads a document; the ending of its name says whether it is JSON, anything else is YAML. The error is a sentence
// with the place of what is wrong.
func Open(name string, text []byte) (*Doc, error) {
	d := &Doc{name: name, json: strings.EqualFold(filepath.Ext(name), ".json")}
	d.text, d.bom = strings.CutPrefix(string(text), byteOrderMark)
	root, err := d.parse(d.text)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fmt.Errorf("%s is empty; there is nothing to change in it", name)
	}
	d.root = root
	return d, nil
}

func (d *Doc) parse(text string) (*source.Node, error) {
	parse := source.ParseYAML
	if d.json {
		parse = source.ParseJSON
	}
	n, problems := parse(d.name, []byte(text))
	if problems.HasErrors() {
		return nil, problems.Errors()[0]
	}
	return n, nil
}

// Text is the document as it is now.
func (d *Doc) Text() []byte {
	if d.bom {
		return []byte(byteOrderMark + d.text)
	}
	return []byte(d.text)
}

// Root is the document's value; it must not be changed.
func (d *Doc) Root() *source.Node { return d.root }

// Set replaces the value at a path. Text keeps the quotes that were there; text of several lines becomes a block.
func (d *Doc) Set(at Path, value *source.Node) error {
	if n := at.At(d.root); n != nil && same(n, value) {
		return nil
	}
	return d.change(at, func(t *tree) error { return t.Set(at, value.Clone()) },
		func(y *yamlText, e emitter) ([]edit, error) { return y.set(at, value, e) },
		func(j *jsonText) ([]edit, error) { return j.set(at, value) })
}

// Replacement is a value that takes the place of the one at a path.
type Replacement struct {
	At    Path
	Value *source.Node
}

// SetAll is Set of many values that stand apart from each other, in the time of one. All of them are replaced, or none.
func (d *Doc) SetAll(list []Replacement) error {
	left := slices.DeleteFunc(slices.Clone(list), func(r Replacement) bool {
		n := r.At.At(d.root)
		return n != nil && same(n, r.Value)
	})
	if len(left) == 0 {
		return nil
	}
	if len(left) == 1 {
		return d.Set(left[0].At, left[0].Value)
	}
	return d.change(left[0].At, func(t *tree) error {
		for _, r := range left {
			if err := t.Set(r.At, r.Value.Clone()); err != nil {
				return err
			}
		}
		return nil
	}, func(y *yamlText, e emitter) ([]edit, error) {
		return editsOf(left, func(r Replacement) ([]edit, error) { return y.set(r.At, r.Value, e) })
	}, func(j *jsonText) ([]edit, error) {
		return editsOf(left, func(r Replacement) ([]edit, error) { return j.set(r.At, r.Value) })
	})
}

func editsOf(list []Replacement, edits func(Replacement) ([]edit, error)) ([]edit, error) {
	var all []edit
	for _, r := range list {
		some, err := edits(r)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// InsertKey adds a key to the object at a path: behind the key after, or as the first one where after is "".
func (d *Doc) InsertKey(at Path, key string, value *source.Node, after string) error {
	place := 0
	if n := at.At(d.root); n != nil && after != "" {
		place = memberIndex(n, after) + 1
	}
	return d.change(at, func(t *tree) error { return t.InsertKey(at, key, value.Clone(), after) },
		func(y *yamlText, e emitter) ([]edit, error) {
			if value.Kind == source.Array && len(value.Items) > 0 && value.Items[0].Kind == source.Object {
				e.open = 1 + itemDepth(value.Items[0])
			}
			return y.insertKey(at, place, key, value, e)
		},
		func(j *jsonText) ([]edit, error) { return j.insertKey(at, place, key, value) })
}

// InsertItem adds an item to the list at a path; index counts the items before it.
func (d *Doc) InsertItem(at Path, index int, value *source.Node) error {
	return d.change(at, func(t *tree) error { return t.InsertItem(at, index, value.Clone()) },
		func(y *yamlText, e emitter) ([]edit, error) {
			if value.Kind == source.Object {
				e.open = itemDepth(value)
			}
			return y.insertItem(at, index, value, e)
		},
		func(j *jsonText) ([]edit, error) { return j.insertItem(at, index, value) })
}

// itemDepth tells how much of a new item gets lines of its own: the item itself, and of a step with more than two fields
// also these, or the steps in an arm.
func itemDepth(item *source.Node) int {
	for _, m := range item.Members {
		if m.Value.Kind == source.Array && len(m.Value.Items) > 0 && m.Value.Items[0].Kind == source.Object {
			return 2 + itemDepth(m.Value.Items[0])
		}
		if m.Value.Kind == source.Object && len(m.Value.Members) > 2 && m.Key != "set_property" {
			return 2
		}
	}
	return 1
}

// Remove takes out the key or the item at a path. Comments above it stay.
func (d *Doc) Remove(at Path) error {
	return d.change(at, func(t *tree) error { return t.Remove(at) },
		func(y *yamlText, e emitter) ([]edit, error) { return y.remove(at, e) },
		func(j *jsonText) ([]edit, error) { return j.remove(at) })
}

// change makes one change: on the tree to know what must come out, and in the text, in the first way that does.
func (d *Doc) change(at Path, want func(*tree) error, inYAML func(*yamlText, emitter) ([]edit, error), inJSON func(*jsonText) ([]edit, error)) error {
	t := &tree{root: d.root.Clone()}
	if err := want(t); err != nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	if d.json {
		j, err := newJSONText(d.text)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		edits, err := inJSON(j)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if d.try(edits, t.root) {
			return nil
		}
		return d.refuse(at)
	}
	y, err := newYAMLText(d.text)
	if err != nil {
		return fmt.Errorf("%s: this file cannot be changed in place, use an editor: %w", d.name, err)
	}
	var last error
	for _, e := range []emitter{{unit: y.unit, lines: true}, {unit: y.unit}} {
		edits, err := inYAML(y, e)
		if err != nil {
			last = err
			continue
		}
		for _, variant := range y.variants(edits) {
			if d.try(variant, t.root) {
				return nil
			}
		}
	}
	if last != nil {
		return fmt.Errorf("%s: %w", d.name, last)
	}
	return d.refuse(at)
}

func (d *Doc) refuse(at Path) error {
	hint := "change it in an editor"
	if !d.json && strings.ContainsAny(d.text, "&*") {
		hint += "; anchors and aliases (&, *) make one value stand in several places"
	}
	return fmt.Errorf("%s: %s cannot be changed in the text without changing something else too; %s", d.name, at, hint)
}

// variants are the edits, and the same ones with the two things that the end of a file may need: a block of text whose
// final line break it lost or would lose.
func (y *yamlText) variants(edits []edit) [][]edit {
	out := [][]edit{edits}
	if !strings.HasSuffix(y.text, "\n") {
		if last := lastPiece(y.root); last.block() && !strings.ContainsAny(y.text[last.start:last.header], "+-") {
			out = append(out, append(slices.Clone(edits), edit{last.header, last.header, "-"}))
		}
	}
	end := len(y.text)
	return append(out, append(slices.Clone(edits), edit{end, end, y.eol}))
}

func lastPiece(p *piece) *piece {
	for len(p.values) > 0 && !p.flow {
		p = p.values[len(p.values)-1]
	}
	return p
}

// try applies edits when they lead to the value that is wanted.
func (d *Doc) try(edits []edit, want *source.Node) bool {
	text, err := apply(d.text, edits)
	if err != nil {
		return false
	}
	got, err := d.parse(text)
	if err != nil || got == nil || !same(got, want) {
		return false
	}
	d.text, d.root = text, got
	return true
}

var errOverlap = errors.New("the edits overlap")

func apply(text string, edits []edit) (string, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.start < at || e.end < e.start || e.end > len(text) {
			return "", errOverlap
		}
		b.WriteString(text[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(text[at:])
	return b.String(), nil
}
