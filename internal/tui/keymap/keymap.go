// Package keymap is the table of keys: every action of the screen with its name, its keys and what it does. The footer, the
// help, the palette and docs/keys.md are made from it, and a file of the user's can give any action other keys.
package keymap

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"charm.land/bubbles/v2/key"

	"askflow/internal/source"
)

// Spec is one action that keys lead to.
type Spec struct {
	// ID is stable: files of keys name it. "runs.cancel": the place, then the action.
	ID string
	// Keys as Bubble Tea names them: "enter", "ctrl+p", "G", "?".
	Keys []string
	// Short is what the footer says, one or two words.
	Short string
	// Help says what it does, in a sentence without its full stop.
	Help string
	// Quiet keeps it out of the footer.
	Quiet bool
}

// Map finds specs by id, with the user's keys.
type Map struct {
	specs    map[string]Spec
	bindings map[string]key.Binding
	order    []string
	places   map[string]source.Pos // in the user's file
}

// New makes a Map. Two specs with one id are a mistake in the program, which the second return value names.
func New(specs ...[]Spec) (*Map, error) {
	m := &Map{specs: map[string]Spec{}, bindings: map[string]key.Binding{}, places: map[string]source.Pos{}}
	for _, list := range specs {
		for _, s := range list {
			if _, twice := m.specs[s.ID]; twice {
				return nil, fmt.Errorf("the action %s is defined twice", s.ID)
			}
			m.specs[s.ID], m.bindings[s.ID] = s, s.Binding()
			m.order = append(m.order, s.ID)
		}
	}
	return m, nil
}

// Get returns the spec of an action. An unknown id gives a Spec without keys.
func (m *Map) Get(id string) Spec {
	s, ok := m.specs[id]
	if !ok {
		s.ID = id
	}
	return s
}

// All lists the specs in the order in which they were given.
func (m *Map) All() []Spec {
	out := make([]Spec, 0, len(m.order))
	for _, id := range m.order {
		out = append(out, m.specs[id])
	}
	return out
}

// Binding is the spec as Bubbles' components know it.
func (s Spec) Binding() key.Binding {
	label := ""
	if len(s.Keys) > 0 {
		label = Label(s.Keys[0])
	}
	return key.NewBinding(key.WithKeys(s.Keys...), key.WithHelp(label, s.Short))
}

// pressed is the name of a key, as Bubbles matches it.
type pressed string

func (p pressed) String() string { return string(p) }

// Is tells whether a key leads to an action.
func (m *Map) Is(id, name string) bool { return key.Matches(pressed(name), m.bindings[id]) }

// Remap reads a file of keys, YAML: `runs.cancel: [X, ctrl+x]` or `runs.cancel: X`; an empty list takes an action's keys away. The
// problems name what is no action, what is no key, and keys that lead to two actions of one place.
func (m *Map) Remap(file string, data []byte) source.Problems {
	node, problems := source.ParseYAML(file, data)
	if problems.HasErrors() || node == nil {
		return problems
	}
	if node.Kind != source.Object {
		return append(problems, source.Problem{Severity: source.SeverityError, Code: "keys_file", File: file, Line: node.Pos.Line, Col: node.Pos.Col,
			Message: "a file of keys holds one line for each action", Hint: "runs.cancel: [X]"})
	}
	changed := map[string]Spec{}
	for _, member := range node.Members {
		spec, known := m.specs[member.Key]
		at := source.Problem{Severity: source.SeverityError, File: file, Line: member.KeyPos.Line, Col: member.KeyPos.Col}
		if !known {
			at.Code, at.Message = "unknown_action", fmt.Sprintf("%q is no action", member.Key)
			if near := source.Nearest(member.Key, m.order); near != "" {
				at.Hint = "did you mean " + near + "?"
			}
			problems = append(problems, at)
			continue
		}
		keys, ok := keysOf(member.Value)
		if needed(spec.ID) && len(keys) == 0 && ok {
			at.Code, at.Message, at.Hint = "needed_key", member.Key+" needs a key: without one nothing could be left", "name one, or leave the line out"
			problems = append(problems, at)
			continue
		}
		if !ok {
			at.Code, at.Message, at.Hint = "bad_key", fmt.Sprintf("%s: this is no key or list of keys", member.Key), "keys are written like x, X, ctrl+x, enter, space, f5, alt+left"
			problems = append(problems, at)
			continue
		}
		spec.Keys = keys
		changed[spec.ID] = spec
		m.places[spec.ID] = member.KeyPos
	}
	if problems.HasErrors() {
		return problems
	}
	for id, spec := range changed {
		m.specs[id], m.bindings[id] = spec, spec.Binding()
	}
	return append(problems, m.Clashes(file)...)
}

func keysOf(n *source.Node) ([]string, bool) {
	switch {
	case n == nil || n.Kind == source.Null:
		return nil, true
	case n.IsScalar():
		return []string{n.Text}, isKey(n.Text)
	case n.Kind != source.Array:
		return nil, false
	}
	keys := []string{}
	for _, item := range n.Items {
		if !item.IsScalar() || !isKey(item.Text) {
			return nil, false
		}
		keys = append(keys, item.Text)
	}
	return keys, true
}

// needed tells that an action must stay within reach.
func needed(id string) bool {
	switch id {
	case "app.quit", "app.back", "dialog.cancel", "dialog.accept":
		return true
	}
	return false
}

// isKey tells whether a text names a key as Bubble Tea does: modifiers, then one character or the name of a key without one.
func isKey(name string) bool {
	for {
		modifier, rest, found := strings.Cut(name, "+")
		if !found || rest == "" || !slices.Contains([]string{"ctrl", "alt", "shift", "meta", "hyper", "super"}, modifier) {
			break
		}
		name = rest
	}
	if r := []rune(name); len(r) == 1 {
		return unicode.IsGraphic(r[0]) && r[0] != ' '
	}
	if number, is := strings.CutPrefix(name, "f"); is {
		n, err := strconv.Atoi(number)
		return err == nil && n >= 1 && n <= 63
	}
	return slices.Contains([]string{"up", "down", "left", "right", "enter", "esc", "tab", "space", "backspace", "delete", "insert", "home", "end", "pgup", "pgdown", "begin", "find", "select"}, name)
}

// Place is the part of an id before its first dot; that of actions that work everywhere is "app".
func Place(id string) string {
	place, _, _ := strings.Cut(id, ".")
	return place
}

// Everywhere is the place of actions that work in every place.
const Everywhere = "app"

// Filters is the place of actions while a filter is typed, where keys of everywhere do not work.
const Filters = "filter"

// Dialogs is the place of actions in dialogs, where nothing else works.
const Dialogs = "dialog"

// Clashes names keys that lead to an action of a place and to one that works everywhere. Within a place one key may lead to
// several actions, of which one at a time is offered.
func (m *Map) Clashes(file string) source.Problems {
	global := map[string]string{}
	for _, id := range m.order {
		if Place(id) == Everywhere {
			for _, k := range m.specs[id].Keys {
				global[k] = id
			}
		}
	}
	var problems source.Problems
	for _, id := range m.order {
		for _, k := range m.specs[id].Keys {
			if other, both := global[k]; both && other != id && Place(id) != Everywhere && Place(id) != Dialogs && Place(id) != Filters {
				at := m.places[id]
				if at.Line == 0 {
					at = m.places[other]
				}
				problems = append(problems, source.Problem{Severity: source.SeverityError, Code: "key_twice", File: file, Line: at.Line, Col: at.Col,
					Message: fmt.Sprintf("the key %s leads to %s and to %s", k, id, other), Hint: "give one of them another key"})
			}
		}
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].Message < problems[j].Message })
	return problems
}

// Label is how people read a key: "↑", "⏎", "^p".
func Label(name string) string {
	names := map[string]string{"up": "↑", "down": "↓", "left": "←", "right": "→", "enter": "⏎", "pgup": "PgUp", "pgdown": "PgDn", "home": "Home", "end": "End",
		"tab": "Tab", "shift+tab": "⇧Tab", "esc": "Esc", "space": "Space", "backspace": "⌫", "delete": "Del"}
	if n, ok := names[name]; ok {
		return n
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return "^" + rest
	}
	return name
}
