// Package emulator opens a portal and does with it what the commands and screens offer: validate, run, plan, inspect.
package emulator

import (
	"context"
	"errors"
	"net/http"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/check"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/portal"
	"askflow/internal/recording"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/source"
	"askflow/internal/store/sqlite"
)

// Options say which portal to open.
type Options struct {
	// Dir is the portal folder; "" means the current one.
	Dir string
	// Demo opens the portal that is built into the program.
	Demo    bool
	Version string
	// Account gives what live answers are asked with. It is called once for each run that asks live. Nil: no account is
	// connected.
	Account func() (Access, error)
	// Transport is how live requests travel; nil means net/http's own.
	Transport http.RoundTripper
	// WallClock is the time of day that live runs start at and recordings are dated by; nil means time.Now.
	WallClock func() time.Time
}

// Emulator is an open portal.
type Emulator struct {
	Portal *portal.Portal
	Models *assistant.Models
	Kinds  *flow.Kinds

	account   func() (Access, error)
	transport http.RoundTripper
	wallClock func() time.Time
	browsing  *browsing
}

// Open loads a portal. Findings in its files are in Portal.Problems and keep nothing but a run from working.
func Open(ctx context.Context, opt Options) (*Emulator, error) {
	dir := opt.Dir
	switch {
	case opt.Demo && dir != "":
		return nil, usage("usage", "", "--portal and --demo exclude each other")
	case opt.Demo:
		d, err := portal.Demo(opt.Version)
		if err != nil {
			return nil, err
		}
		dir = d
	case dir == "":
		dir = "."
	}
	p, err := portal.Load(ctx, dir, portal.Options{})
	if err != nil {
		return nil, err
	}
	e := &Emulator{Portal: p, Models: p.Models, Kinds: flow.NewKinds(p.Settings.OpenAIAction),
		account: opt.Account, transport: opt.Transport, wallClock: opt.WallClock, browsing: newBrowsing()}
	if e.wallClock == nil {
		e.wallClock = time.Now
	}
	return e, nil
}

// Validate checks the whole portal, records included.
func (e *Emulator) Validate(ctx context.Context) (source.Problems, error) {
	schema, problems, err := e.scanAll(ctx)
	if err != nil {
		return nil, err
	}
	lib, found := recording.Load(e.recordingsDir())
	if err := lib.Close(); err != nil {
		return nil, err
	}
	problems = append(problems, found...)
	if e.Portal.Settings.Answers == portal.AnswersReplay && lib.Len() == 0 && !found.HasErrors() {
		problems = append(problems, source.Problem{Severity: source.SeverityWarning, Code: "no_recordings", File: portal.FileName,
			Message: "answers are replayed, and recordings/ has none: a run that asks is refused", Hint: "record some with emulator run WORKFLOW --answers record"})
	}
	problems = append(problems, check.Portal(e.Portal, check.Options{Schema: schema, Models: e.Models, Today: e.wallClock()})...)
	problems.Sort()
	return problems, nil
}

// ValidateFlow checks one workflow file, which need not lie in the portal.
func (e *Emulator) ValidateFlow(ctx context.Context, file string) (source.Problems, error) {
	schema, _, err := e.scanAll(ctx)
	if err != nil {
		return nil, err
	}
	f, problems := e.Portal.ReadFlow(file)
	if f != nil {
		problems = append(problems, check.Flow(e.Portal, f, check.Options{Schema: schema, Models: e.Models, Today: e.wallClock()})...)
		problems = append(problems, check.Refusals(e.Portal, f)...)
	}
	problems.Sort()
	return problems, nil
}

// scanAll reads every records file once: what is wrong in them, and the properties they bring.
func (e *Emulator) scanAll(ctx context.Context) (hubspot.Schema, source.Problems, error) {
	schema := cloneSchema(e.Portal.Schema)
	var problems source.Problems
	for objectType, files := range e.Portal.RecordFiles {
		_, found, err := e.scan(ctx, schema, objectType, files)
		if err != nil {
			return nil, nil, err
		}
		problems = append(problems, found...)
	}
	return schema, problems, nil
}

// scan reads the files of one object type and adds the properties they bring to the schema.
func (e *Emulator) scan(ctx context.Context, schema hubspot.Schema, objectType string, files []records.File) (*records.Summary, source.Problems, error) {
	summary, problems := records.Scan(ctx, objectType, files, records.Options{Properties: schema.Of(objectType), Users: e.Portal.Users})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if summary != nil && len(summary.Inferred) > 0 {
		properties := cloneProperties(schema, objectType)
		for _, p := range summary.Inferred {
			properties.Add(p)
		}
		schema[objectType] = properties
	}
	return summary, problems, nil
}

// cloneSchema copies the map; the sets themselves are copied when something is added.
func cloneSchema(s hubspot.Schema) hubspot.Schema {
	out := hubspot.Schema{}
	for k, v := range s {
		out[k] = v
	}
	return out
}

func cloneProperties(s hubspot.Schema, objectType string) *hubspot.Properties {
	old := s.Of(objectType)
	out := hubspot.NewProperties(objectType, nil)
	for _, name := range old.Names() {
		p, _ := old.Get(name)
		out.Add(p)
	}
	return out
}

// Reader opens the runs that are to be shown, for reading. A portal without any run has an empty one.
func (e *Emulator) Reader(ctx context.Context) (run.Reader, error) {
	return sqlite.OpenReader(ctx, e.RunsDir(), sqlite.Options{})
}

// RunsDir is the state folder whose runs Reader shows. It is another one than where runs are kept when the portal folder
// cannot be written to and brings runs along.
func (e *Emulator) RunsDir() string { return e.Portal.ReadDir(sqlite.FileName) }

// OwnReader opens, for reading, the runs that Store writes.
func (e *Emulator) OwnReader(ctx context.Context) (run.Reader, error) {
	return sqlite.OpenReader(ctx, e.Portal.StateDir, sqlite.Options{})
}

// Store opens the store for writing.
func (e *Emulator) Store(ctx context.Context) (run.Store, error) { return e.store(ctx, false) }

// store opens the store for writing; a durable one waits for the disk with every commit.
func (e *Emulator) store(ctx context.Context, durable bool) (run.Store, error) {
	if err := e.Portal.EnsureState(); err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, e.Portal.StateDir, sqlite.Options{Durable: durable})
}

// Assistant finds one of the portal's assistants by id or name.
func (e *Emulator) Assistant(idOrName string) (*assistant.Assistant, bool) {
	a, err := e.Portal.Assistant(idOrName)
	return a, err == nil
}

// world is the portal's records outside of the enrolled type, and its lists.
type world struct {
	library *records.Library
	lists   map[string]*hubspot.List
}

func newWorld(library *records.Library, lists []hubspot.List) *world {
	w := &world{library: library, lists: map[string]*hubspot.List{}}
	for i := range lists {
		w.lists[lists[i].ID] = &lists[i]
	}
	return w
}

// listNames are the names of the lists by id.
func (w *world) listNames() map[string]string {
	names := make(map[string]string, len(w.lists))
	for id, l := range w.lists {
		names[id] = l.Name
	}
	return names
}

func (w *world) Associated(rec *hubspot.Record, toType string, kind hubspot.AssociationType) []*hubspot.Record {
	if w.library == nil {
		return nil
	}
	return w.library.Associated(rec, toType, kind)
}

func (w *world) Find(objectType, id string) *hubspot.Record {
	if w.library == nil {
		return nil
	}
	return w.library.Get(objectType, id)
}

func (w *world) InList(listID, objectType, recordID string) bool {
	l := w.lists[listID]
	return l != nil && (l.ObjectType == "" || l.ObjectType == objectType) && l.Members[recordID]
}

// joinErrors is errors.Join that leaves a single error as it is.
func joinErrors(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}
