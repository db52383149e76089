package prompttest

import (
	"errors"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/source"
)

// MaxCells is how many combinations a matrix may have.
const MaxCells = 500

// Keys of a matrix, as files and --matrix name them.
const (
	dimensionModel       = "model"
	dimensionTemperature = "temperature"
	dimensionEffort      = "reasoning_effort"
	dimensionAssistant   = "assistant"
	dimensionPrompt      = "prompt"
)

// asItIs is what the workflow's own setting is called.
const asItIs = "as it is"

func matrixKeys() []string {
	return []string{dimensionModel, dimensionTemperature, dimensionEffort, dimensionAssistant, dimensionPrompt}
}

// badValue says which of the values given to a dimension is wrong, and how. at is -1 for the key itself.
type badValue struct {
	at                  int
	code, hint, message string
}

// matrixKey is the dimension that a key names, step included.
func matrixKey(key string) (string, *badValue) {
	name, step, at := strings.Cut(key, "@")
	if name == "effort" {
		name = dimensionEffort
	}
	switch {
	case !slices.Contains(matrixKeys(), name):
		hint := "the keys are " + strings.Join(matrixKeys(), ", ") + ", prompt@STEP"
		if near := source.Nearest(name, matrixKeys()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return "", &badValue{-1, "unknown_key", hint, fmt.Sprintf("a matrix has no key %s", quote(key))}
	case at && (name != dimensionPrompt || step == ""):
		return "", &badValue{-1, "unknown_key", "only prompt takes a step: prompt@STEP", fmt.Sprintf("a matrix has no key %s", quote(key))}
	case at:
		name += "@" + step
	}
	return name, nil
}

// add takes the values of one key. What is wrong is a value's place and a sentence; nil when nothing is.
func (m *Matrix) add(key string, values []string) *badValue {
	name, bad := matrixKey(key)
	switch {
	case bad != nil:
		return bad
	case len(values) == 0:
		return &badValue{-1, "empty_list", "leave the key out", key + " of the matrix names no value"}
	case len(m.Dimensions) >= MaxCells:
		return &badValue{-1, "too_many_cells", "leave some out", fmt.Sprintf("the matrix has more than %d keys", MaxCells)}
	case len(values) > MaxCells:
		return &badValue{-1, "too_many_cells", "leave some values out, or make several tests", fmt.Sprintf("the matrix has more than %d combinations: %d × %s", MaxCells, len(values), name)}
	}
	list := m.values(name)
	for i, v := range values {
		if code, hint, message := m.wrong(name, v); message != "" {
			return &badValue{i, code, hint, message}
		}
		if slices.ContainsFunc(list, func(other string) bool { return other == v || sameNumber(name, other, v) }) {
			return &badValue{i, "duplicate_value", "", fmt.Sprintf("%s of the matrix has the value %s twice", name, quote(v))}
		}
		list = append(list, v)
	}
	if !slices.Contains(m.Dimensions, name) {
		m.Dimensions = append(m.Dimensions, name)
	}
	m.set(name, list)
	return nil
}

func sameNumber(name, a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return name == dimensionTemperature && errX == nil && errY == nil && x == y
}

// wrong says why a dimension does not take a value; no message when it does.
func (m *Matrix) wrong(name, v string) (code, hint, message string) {
	switch {
	case strings.HasPrefix(name, dimensionPrompt):
		switch {
		case strings.TrimSpace(v) == "":
			return "bad_value", "current is the prompt as the workflow has it", fmt.Sprintf("%s of the matrix has an empty value", name)
		case !filepath.IsLocal(filepath.FromSlash(v)) || path.IsAbs(v):
			return "bad_path", "name a file under prompts/, or a workflow file from the portal folder", fmt.Sprintf("%s is no file of the portal folder", quote(v))
		}
	case v == "": // the workflow's own
	case name == dimensionTemperature:
		if t, err := strconv.ParseFloat(v, 64); err != nil || math.IsNaN(t) || t < 0 || t > 2 {
			return "bad_value", `write a number from 0 to 2, or "" for the workflow's own`, fmt.Sprintf("%s is no temperature", quote(v))
		}
	case name == dimensionEffort:
		if !slices.Contains(assistant.Efforts(), v) {
			hint = "the efforts are " + strings.Join(assistant.Efforts(), ", ")
			if near := source.Nearest(v, assistant.Efforts()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return "bad_value", hint, fmt.Sprintf("%s is no reasoning effort", quote(v))
		}
	}
	return "", "", ""
}

func (m *Matrix) values(name string) []string {
	switch name {
	case dimensionModel:
		return m.Models
	case dimensionTemperature:
		return m.Temperatures
	case dimensionEffort:
		return m.Efforts
	case dimensionAssistant:
		return m.Assistants
	}
	_, step, _ := strings.Cut(name, "@")
	return m.Prompts[step]
}

func (m *Matrix) set(name string, values []string) {
	switch name {
	case dimensionModel:
		m.Models = values
	case dimensionTemperature:
		m.Temperatures = values
	case dimensionEffort:
		m.Efforts = values
	case dimensionAssistant:
		m.Assistants = values
	default:
		if m.Prompts == nil {
			m.Prompts = map[string][]string{}
		}
		_, step, _ := strings.Cut(name, "@")
		m.Prompts[step] = values
	}
}

// dimensions are the keys that have values: in the order written, then those that were set otherwise.
func (m *Matrix) dimensions() []string {
	if m == nil {
		return nil
	}
	all := slices.Clone(m.Dimensions)
	all = append(all, matrixKeys()...)
	var steps []string
	for step := range m.Prompts {
		if step != "" {
			steps = append(steps, dimensionPrompt+"@"+step)
		}
	}
	slices.Sort(steps)
	var out []string
	for _, name := range append(all, steps...) {
		if len(m.values(name)) > 0 && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// tooMany says that the matrix has more than MaxCells combinations, "" when it has not. None of them is built for that.
func (m *Matrix) tooMany() string {
	count := 1
	var factors []string
	for _, name := range m.dimensions() {
		n := len(m.values(name))
		factors = append(factors, fmt.Sprintf("%d × %s", n, name))
		count = min(count*min(n, MaxCells+1), MaxCells+1) // stays far from overflowing
	}
	if count <= MaxCells {
		return ""
	}
	return fmt.Sprintf("the matrix has more than %d combinations: %s", MaxCells, strings.Join(factors, ", "))
}

// matrix reads the matrix of a test.
func (r *testReader) matrix(n *source.Node) *Matrix {
	f := r.Object(n, "a matrix")
	m := &Matrix{}
	wrong := false
	for _, member := range f.Node.Members[:min(len(f.Node.Members), MaxCells+1)] { // what comes behind is too much, which the last one says
		before := len(r.Problems)
		values := f.Strings(member.Key)
		if len(r.Problems) > before {
			wrong = true
			continue
		}
		if member.Value.Kind == source.Null {
			values = nil
		}
		if bad := m.add(member.Key, values); bad != nil {
			pos := member.KeyPos
			if bad.at >= 0 {
				pos = itemPos(member.Value, bad.at)
			}
			r.Errorf(pos, bad.code, bad.hint, "%s", bad.message)
			wrong = true
		}
	}
	if n.Kind == source.Object && len(n.Members) == 0 {
		r.Errorf(n.Pos, "empty_list", "leave the key out", "the matrix names nothing")
	}
	if message := m.tooMany(); message != "" && !wrong {
		r.Errorf(n.Pos, "too_many_cells", "leave some values out, or make several tests", "%s", message)
	}
	return m
}

// ParseMatrix reads what stands behind --matrix, once for each time it was given: KEY=VALUE,VALUE with the keys model,
// temperature, reasoning_effort (also effort), assistant, prompt and prompt@STEP. An empty value is the workflow's own. Nil
// without texts. The error is a sentence that names the key and what to do.
func ParseMatrix(texts []string) (*Matrix, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	m := &Matrix{}
	for _, text := range texts {
		key, list, found := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" {
			return nil, fmt.Errorf("--matrix: %s has no key; write it like model=gpt-6-luna,gpt-5.4-mini", quote(text))
		}
		var values []string
		if strings.TrimSpace(list) != "" {
			values = strings.Split(list, ",")
		}
		for i := range values {
			values[i] = strings.TrimSpace(values[i])
		}
		if bad := m.add(key, values); bad != nil {
			message := "--matrix: " + bad.message
			if bad.hint != "" {
				message += "; " + bad.hint
			}
			return nil, errors.New(message)
		}
	}
	if message := m.tooMany(); message != "" {
		return nil, fmt.Errorf("--matrix: %s; leave some values out", message)
	}
	return m, nil
}

// Cells are all combinations of the values, in the order written, the last dimension fastest, and the names of the dimensions. A
// nil matrix, or an empty one, is one cell without dimensions: the workflow as it is.
func (m *Matrix) Cells() (cells []Cell, dimensions []string) {
	dimensions = m.dimensions()
	if len(dimensions) == 0 {
		return []Cell{{Label: asItIs, Values: []string{}}}, []string{}
	}
	lists := make([][]string, len(dimensions))
	for i, name := range dimensions {
		lists[i] = m.values(name)
	}
	at := make([]int, len(lists))
	for {
		values := make([]string, len(lists))
		for i, list := range lists {
			values[i] = list[at[i]]
		}
		c := newCell(dimensions, values)
		c.Label = labelOf(dimensions, values, lists)
		cells = append(cells, c)
		i := len(at) - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < len(lists[i]) {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return cells, dimensions
		}
	}
}

func newCell(dimensions, values []string) Cell {
	c := Cell{Values: values}
	for i, name := range dimensions {
		v := values[i]
		switch {
		case v == "":
		case name == dimensionModel:
			c.Model = v
		case name == dimensionTemperature:
			if t, err := strconv.ParseFloat(v, 64); err == nil {
				c.Temperature = &t
			}
		case name == dimensionEffort:
			c.ReasoningEffort = v
		case name == dimensionAssistant:
			c.Assistant = v
		default:
			if c.Prompts == nil {
				c.Prompts = map[string]string{}
			}
			_, step, _ := strings.Cut(name, "@")
			c.Prompts[step] = v
		}
	}
	return c
}

// labelOf names a cell by what tells it from the others; by everything where nothing does.
func labelOf(dimensions, values []string, lists [][]string) string {
	varies := slices.ContainsFunc(lists, func(list []string) bool { return len(list) > 1 })
	var labels []string
	for i, name := range dimensions {
		if len(lists[i]) > 1 || !varies {
			labels = append(labels, label(name, values[i]))
		}
	}
	return strings.Join(labels, ", ")
}

// label says one setting of a cell: a model by its name, everything else with what it is.
func label(name, v string) string {
	switch {
	case v == "":
		return strings.ReplaceAll(name, "_", " ") + " " + asItIs
	case name == dimensionModel:
		return v
	}
	return strings.ReplaceAll(name, "_", " ") + " " + v
}
