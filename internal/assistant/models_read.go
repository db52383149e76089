package assistant

import (
	_ "embed" // the model table is part of the program
	"path/filepath"
	"strings"
	"time"

	"askflow/internal/source"
)

//go:embed models.json
var modelsJSON []byte

// DefaultModels is the table that comes with the program.
func DefaultModels() *Models {
	n, problems := source.ParseJSON("models.json", modelsJSON)
	if !problems.HasErrors() {
		t, more := readModels(&source.Reader{File: "models.json", Strict: true}, n, nil)
		if problems = more; !problems.HasErrors() {
			return t
		}
	}
	// The table is compiled in and read by a test: a broken one is a mistake in the program, not in any input.
	panic("assistant: models.json: " + problems.Error())
}

// LoadModels is the default table with a file's models added. A model the default table knows is overridden member by
// member; a null takes what was known away. The file has the shape of the default table: an object with "models".
func LoadModels(file string, data []byte) (*Models, source.Problems) {
	parse := source.ParseYAML
	r := &source.Reader{File: file, Strict: true}
	if strings.EqualFold(filepath.Ext(file), ".json") {
		parse, r.Strict = source.ParseJSON, false
	}
	base := DefaultModels()
	n, problems := parse(file, data)
	if problems.HasErrors() || n == nil {
		return base, problems
	}
	t, more := readModels(r, n, base)
	return t, append(problems, more...)
}

func readModels(r *source.Reader, n *source.Node, base *Models) (*Models, source.Problems) {
	t := &Models{byID: map[string]Model{}}
	if base != nil {
		t.asOf = base.asOf
		t.ids = append(t.ids, base.ids...)
		for id, m := range base.byID {
			t.byID[id] = m
		}
	}
	o := r.Object(n, "a table of models")
	o.Known("note", "source", "licence")
	asOf := o.String("as_of")
	if asOf != "" {
		t.asOf = asOf
	}
	seen := map[string]bool{}
	for _, it := range o.Items("models") {
		f := r.Object(it, "a model")
		id := f.Need("id")
		if id == "" {
			continue
		}
		if seen[id] {
			r.Errorf(f.Pos("id"), "duplicate_model", "", "the model %q stands here twice", id)
			continue
		}
		seen[id] = true
		m, known := t.byID[id]
		if !known {
			t.ids = append(t.ids, id)
		}
		m.ID, m.AsOf = id, asOf
		readModel(r, f, &m)
		t.byID[id] = m
	}
	o.Done()
	return t, r.Problems
}

func readModel(r *source.Reader, f *source.Fields, m *Model) {
	setText(f, "name", &m.Name)
	setText(f, "as_of", &m.AsOf)
	setText(f, "note", &m.Note)
	setText(f, "default_effort", &m.DefaultEffort)
	if m.Name == "" {
		m.Name = m.ID
	}
	readPrices(r, f, m)
	m.LongContext = f.Bool("long_context", m.LongContext)
	m.Context = atLeastZero(r, f, "context", m.Context)
	m.MaxOutput = atLeastZero(r, f, "max_output", m.MaxOutput)
	if f.Has("efforts") {
		m.Efforts = nil
		if f.Get("efforts") != nil {
			m.Efforts = append([]string{}, f.Strings("efforts")...)
		}
		for _, e := range m.Efforts {
			checkEffort(r, f.Pos("efforts"), e)
		}
	}
	f.Known("efforts")
	if f.Has("temperature") {
		m.Temperature = TemperatureSupport(f.String("temperature"))
		switch m.Temperature {
		case TemperatureUnknown, TemperatureAlways, TemperatureNoneOnly, TemperatureNever:
		default:
			r.Errorf(f.Pos("temperature"), "bad_value", "", "temperature must be yes, none_only or no, but here stands %q", string(m.Temperature))
			m.Temperature = TemperatureUnknown
		}
	}
	f.Known("temperature")
	if f.Has("shutdown") {
		m.Shutdown = time.Time{}
		if text := f.String("shutdown"); text != "" {
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				r.Errorf(f.Pos("shutdown"), "bad_value", "", "shutdown must be a date such as 2027-01-14, but here stands %q", shorten(text, 40))
			}
			m.Shutdown = day
		}
	}
	f.Known("shutdown")
	f.Done()
}

func readPrices(r *source.Reader, f *source.Fields, m *Model) {
	if f.Has("input") || f.Has("output") {
		m.Priced = f.Get("input") != nil && f.Get("output") != nil || m.Priced
		for _, key := range []string{"input", "output"} {
			if f.Has(key) && f.Get(key) == nil {
				m.Priced = false
			}
		}
		if !m.Priced && f.Get("input") != nil != (f.Get("output") != nil) {
			r.Errorf(f.Node.Pos, "missing_key", "", "the model %q has only one of input and output; a price needs both", m.ID)
		}
	}
	price(r, f, "input", &m.Input)
	price(r, f, "cached_input", &m.CachedInput)
	price(r, f, "cache_write", &m.CacheWrite)
	price(r, f, "output", &m.Output)
}

// price reads USD per 1,000,000 tokens. Five decimals are the limit that keeps every cost exact, see Model.Cost.
func price(r *source.Reader, f *source.Fields, key string, into *Money) {
	if !f.Has(key) {
		f.Known(key)
		return
	}
	*into = 0
	v := f.Get(key)
	if v == nil {
		return
	}
	amount, err := ParseMoney(v.Text)
	if err != nil || !v.IsScalar() || amount%10_000_000 != 0 {
		r.Errorf(v.Pos, "bad_price", "", "%q must be a price in USD per 1,000,000 tokens with at most five decimals, such as 0.125", key)
		return
	}
	*into = amount
}

func setText(f *source.Fields, key string, into *string) {
	if f.Has(key) {
		*into = f.String(key)
	}
	f.Known(key)
}

func atLeastZero(r *source.Reader, f *source.Fields, key string, otherwise int) int {
	n := f.Int(key, otherwise)
	if n < 0 {
		r.Errorf(f.Pos(key), "bad_value", "", "%q must not be negative", key)
		return otherwise
	}
	return n
}

// checkEffort reports a word that is no reasoning effort.
func checkEffort(r *source.Reader, pos source.Pos, effort string) {
	for _, e := range Efforts() {
		if e == effort {
			return
		}
	}
	hint := ""
	if near := source.Nearest(effort, Efforts()); near != "" {
		hint = "did you mean " + near + "?"
	}
	r.Errorf(pos, "bad_effort", hint, "%q is no reasoning effort; there are %s", shorten(effort, 40), strings.Join(Efforts(), ", "))
}
