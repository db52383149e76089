package expect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"askflow/internal/source"
)

const (
	// schemaURL is what a schema is called inside; references are resolved against it.
	schemaURL = schemaBase + "schema.json"

	schemaBase = "askflow:///"

	// mostExponent bounds the numbers that schemas are asked about: theirs are exact, and 1e999999 has a million digits.
	mostExponent = 400

	// mostViolations is how many a mismatch lists.
	mostViolations = 10
)

// jsonSchema wants a text that is JSON as a JSON Schema describes it.
type jsonSchema struct {
	name   string // in messages: the file, or "the schema"
	schema *jsonschema.Schema
}

// jsonSchema reads a schema that stands here, or in a file of the portal.
func (rd *reader) jsonSchema(n *source.Node) rule {
	name, root := "the schema", n
	switch n.Kind {
	case source.Bool:
		if n.Text == "true" {
			rd.neverFails(n.Pos, "to check that it is JSON, write json: true", "the schema true allows everything")
		} else {
			rd.neverHolds(n.Pos, "", "the schema false allows nothing")
		}
		return nil
	case source.String:
		name = n.Text
		if root = rd.schemaFile(n); root == nil {
			return nil
		}
	case source.Object:
	default:
		rd.errorf(n.Pos, "wrong_type", "", "json_schema needs a schema or the name of a file, but here stands %s", n.Kind)
		return nil
	}
	schema, at, err := compileSchema(root)
	if err != nil {
		rd.badSchema(n, at, name, err)
		return nil
	}
	accepts, cycle := probe(schema)
	switch {
	case !cycle && nothingMeets(root):
		rd.neverHolds(n.Pos, "", "%s allows nothing", name)
		return nil
	case cycle:
		rd.badSchema(n, root.Pos, name, errors.New("it refers to itself without end"))
	case accepts:
		rd.neverFails(n.Pos, "to check that it is JSON, write json: true", "%s allows everything", name)
	default:
		return &jsonSchema{name: name, schema: schema}
	}
	return nil
}

// schemaFile reads the file that n names; nil when that was not possible.
func (rd *reader) schemaFile(n *source.Node) *source.Node {
	name := n.Text
	parse := source.ParseYAML
	switch strings.ToLower(path.Ext(name)) {
	case ".json":
		parse = source.ParseJSON
	case ".yaml", ".yml":
	default:
		rd.errorf(n.Pos, "unknown_file", "the name ends with .json, .yaml or .yml", "json_schema needs a schema or the name of a file of the portal, but here stands %s", quote(name))
		return nil
	}
	if rd.env.ReadFile == nil {
		rd.errorf(n.Pos, "unknown_file", "write the schema here", "files cannot be read here, so %s cannot", quote(name))
		return nil
	}
	data, err := rd.env.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		rd.errorf(n.Pos, "unknown_file", "names are relative to the portal's folder", "there is no file %s", quote(name))
		return nil
	case err != nil:
		rd.errorf(n.Pos, "unknown_file", "names are relative to the portal's folder", "the file %s cannot be read: %s", quote(name), err)
		return nil
	}
	root, problems := parse(name, data)
	if problems.HasErrors() || root == nil {
		why := "it is empty"
		if errs := problems.Errors(); len(errs) > 0 {
			why = errs[0].Error()
		}
		rd.errorf(n.Pos, "bad_schema", "", "%s is not a JSON Schema: %s", quote(name), why)
		return nil
	}
	return root
}

// badSchema reports at the place in the schema when it stands in the test, at its name otherwise.
func (rd *reader) badSchema(n *source.Node, at source.Pos, name string, err error) {
	hint := ""
	var outside *jsonschema.LoadURLError
	if errors.As(err, &outside) {
		hint = "put what it refers to under $defs, and write #/$defs/NAME; nothing is loaded from elsewhere"
		err = fmt.Errorf("it refers to %s", quote(strings.TrimPrefix(outside.URL, schemaBase)))
	}
	if n.Kind == source.Object {
		rd.errorf(at, "bad_schema", hint, "this is not a JSON Schema: %s", err)
		return
	}
	rd.errorf(n.Pos, "bad_schema", hint, "%s is not a JSON Schema: line %d, column %d: %s", quote(name), at.Line, at.Col, err)
}

// noLoader refuses what a schema refers to: nothing is read but the schema itself.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(string) (any, error) { return nil, errors.New("it is not loaded") }

// compileSchema compiles a schema; at is the place that an error is about.
func compileSchema(root *source.Node) (schema *jsonschema.Schema, at source.Pos, err error) {
	defer func() { // the compiler belongs to somebody else, and the schema is anything
		if r := recover(); r != nil {
			schema, at, err = nil, root.Pos, errors.New("it cannot be read")
		}
	}()
	doc, tooLarge := exact(root)
	if tooLarge != nil {
		return nil, tooLarge.Pos, fmt.Errorf("the number %s is too large or too small", brief(tooLarge.Text))
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return nil, root.Pos, err
	}
	schema, err = compiler.Compile(schemaURL)
	if err == nil {
		return schema, root.Pos, nil
	}
	var outside *jsonschema.LoadURLError
	var invalid *jsonschema.SchemaValidationError
	var violation *jsonschema.ValidationError
	switch {
	case errors.As(err, &outside):
		return nil, referencePos(root, outside.URL), err
	case errors.As(err, &invalid) && errors.As(invalid.Err, &violation):
		if all := violations(violation); len(all) > 0 {
			what := all[0].String()
			for _, other := range all[1:] {
				if slices.Equal(other.path, all[0].path) {
					what += "; " + other.what
				}
			}
			return nil, pointed(root, all[0].path).Pos, errors.New(what)
		}
	}
	return nil, root.Pos, errors.New(strings.ReplaceAll(err.Error(), schemaURL, ""))
}

// referencePos is where a schema refers to that URL.
func referencePos(n *source.Node, url string) source.Pos {
	if at := findReference(n, url); at != nil {
		return at.Pos
	}
	return n.Pos
}

func findReference(n *source.Node, url string) *source.Node {
	for _, m := range n.Members {
		if (m.Key == "$ref" || m.Key == "$schema" || m.Key == "$dynamicRef") && m.Value.Kind == source.String {
			target, _, _ := strings.Cut(m.Value.Text, "#")
			if target != "" && strings.HasSuffix(url, strings.TrimLeft(target, "./")) {
				return m.Value
			}
		}
		if at := findReference(m.Value, url); at != nil {
			return at
		}
	}
	for _, item := range n.Items {
		if at := findReference(item, url); at != nil {
			return at
		}
	}
	return nil
}

// pointed is the node at a path of names and numbers, or the last one on the way.
func pointed(n *source.Node, path []string) *source.Node {
	for _, step := range path {
		next := n.Get(step)
		if n.Kind == source.Array {
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Items) {
				next = n.Items[i]
			}
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// probe tells whether a schema accepts everything that is tried on it, and whether it refers to itself without end.
func probe(schema *jsonschema.Schema) (accepts, cycle bool) {
	accepts = true
	for _, text := range []string{"null", `""`, "0", "[]", "{}", `{"a":1}`, `"x"`} {
		root, _ := decode(text)
		violation, err := validate(schema, root)
		if violation == nil && err == nil {
			continue
		}
		accepts = false
		cycle = cycle || violation != nil && cyclic(violation)
	}
	return accepts, cycle
}

func cyclic(v *jsonschema.ValidationError) bool {
	if _, ok := v.ErrorKind.(*kind.RefCycle); ok {
		return true
	}
	return slices.ContainsFunc(v.Causes, cyclic)
}

// validate returns how a value does not meet the schema, or why that cannot be told.
func validate(schema *jsonschema.Schema, root *source.Node) (violation *jsonschema.ValidationError, err error) {
	defer func() { // the validator belongs to somebody else, and the value is anything
		if r := recover(); r != nil {
			violation, err = nil, errors.New("it cannot be compared with the schema")
		}
	}()
	doc, tooLarge := exact(root)
	if tooLarge != nil {
		return nil, fmt.Errorf("the number %s is too large or too small to be compared with the schema", brief(tooLarge.Text))
	}
	switch err := schema.Validate(doc); {
	case err == nil:
		return nil, nil
	case errors.As(err, &violation):
		return violation, nil
	default:
		return nil, err
	}
}

func (j *jsonSchema) expected() string { return "JSON that meets " + j.name }

func (j *jsonSchema) test(_ context.Context, v *Value, _ Judge) *Mismatch {
	root, bad := decode(textOf(v))
	if bad != nil {
		bad.Expected = j.expected()
		return bad
	}
	violation, err := validate(j.schema, root)
	m := &Mismatch{Expected: j.expected(), Got: show(v)}
	switch {
	case err != nil:
		m.Differs = err.Error()
		return m
	case violation == nil:
		return nil
	}
	all := violations(violation)
	for i, one := range all {
		if i == mostViolations {
			m.Differs = joined(m.Differs, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		m.Differs = joined(m.Differs, one.String())
	}
	return m
}

// flaw is one way in which a value does not meet a schema.
type flaw struct {
	path []string
	what string
}

// String is the flaw's JSON pointer and what is wrong there.
func (f flaw) String() string {
	if len(f.path) == 0 {
		return "at the root: " + f.what
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	pointer := ""
	for _, step := range f.path {
		pointer += "/" + escape.Replace(step)
	}
	return brief(pointer) + ": " + f.what
}

// violations are the innermost ones, in a fixed order, each once.
func violations(v *jsonschema.ValidationError) []flaw {
	var out []flaw
	printer := message.NewPrinter(language.English)
	var walk func(v *jsonschema.ValidationError)
	walk = func(v *jsonschema.ValidationError) {
		if len(v.Causes) == 0 {
			out = append(out, flaw{v.InstanceLocation, cut(v.ErrorKind.LocalizedString(printer), 300)})
		}
		for _, cause := range v.Causes {
			walk(cause)
		}
	}
	walk(v)
	slices.SortFunc(out, func(a, b flaw) int {
		if c := slices.Compare(a.path, b.path); c != 0 {
			return c
		}
		return strings.Compare(a.what, b.what)
	})
	return slices.CompactFunc(out, func(a, b flaw) bool { return slices.Equal(a.path, b.path) && a.what == b.what })
}

// exact is a tree as schemas see it, its numbers as written; tooLarge is a number that they cannot be asked about.
func exact(n *source.Node) (doc any, tooLarge *source.Node) {
	switch n.Kind {
	case source.String:
		return n.Text, nil
	case source.Number:
		if !sized(n.Text) {
			return nil, n
		}
		return json.Number(n.Text), nil
	case source.Bool:
		return n.Text == "true", nil
	case source.Array:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			if out[i], tooLarge = exact(item); tooLarge != nil {
				return nil, tooLarge
			}
		}
		return out, nil
	case source.Object:
		out := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			if out[m.Key], tooLarge = exact(m.Value); tooLarge != nil {
				return nil, tooLarge
			}
		}
		return out, nil
	default:
		return nil, nil
	}
}

// sized tells whether a number can be held exactly without much memory.
func sized(number string) bool {
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return true
	}
	exponent, err := strconv.Atoi(number[at+1:])
	return err == nil && exponent >= -mostExponent && exponent <= mostExponent
}

func wholeNumber(text string) (int64, bool) {
	i, err := strconv.ParseInt(text, 10, 64)
	return i, err == nil
}
