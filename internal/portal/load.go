package portal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/openaisim"
	"askflow/internal/records"
	"askflow/internal/source"
)

// Options say how a portal is loaded.
type Options struct {
	// StateHome is where state goes when the portal folder cannot be written to; empty means the user's own state
	// folder ($XDG_STATE_HOME/askflow where that is set).
	StateHome string
}

// Load reads a portal folder and creates nothing. The error is an *Error when dir is no portal at all, or the context's
// when it was cancelled; everything wrong inside the files is in Problems, and the portal holds what could be read.
func Load(ctx context.Context, dir string, opt Options) (*Portal, error) {
	root, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	l := &loader{ctx: ctx, p: &Portal{
		Dir: root, Schema: hubspot.DefaultSchema(), RecordFiles: map[string][]records.File{},
		Inputs: map[string]string{}, sources: map[string][]byte{},
	}}
	for _, step := range []func(){l.settings, l.models, l.records, l.assistants, l.workflows, l.responses, l.strayFolders} {
		step()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	l.state(opt)
	l.p.Problems.Sort()
	return l.p, nil
}

// openFolder checks that dir is a folder with a portal.yaml and returns its absolute path.
func openFolder(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", &Error{Code: "unreadable", Message: fmt.Sprintf("the folder %s cannot be found: %s", dir, reason(err)), Cause: err}
	}
	const offer = "make a portal with `emulator init %s`, name another one with --portal DIR, or look around with --demo"
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{Code: "no_folder", Message: fmt.Sprintf("there is no folder %s", dir), Hint: fmt.Sprintf(offer, dir), Cause: err}
	case err != nil:
		return "", &Error{Code: "unreadable", Message: fmt.Sprintf("the folder %s cannot be read: %s", dir, reason(err)), Hint: "check who may read it", Cause: err}
	case !info.IsDir():
		e := &Error{Code: "not_a_folder", Message: fmt.Sprintf("%s is a file; a portal is a folder with a %s", dir, FileName), Hint: fmt.Sprintf(offer, "DIR")}
		if filepath.Base(root) == FileName {
			e.Hint = fmt.Sprintf("name the folder it lies in: --portal %s", filepath.Dir(dir))
		}
		return "", e
	}
	switch _, err := os.Stat(filepath.Join(root, FileName)); {
	case errors.Is(err, fs.ErrNotExist):
		e := &Error{Code: "no_portal", Message: fmt.Sprintf("the folder %s has no %s, so it is no portal", dir, FileName), Hint: fmt.Sprintf(offer, dir), Cause: err}
		if _, err := os.Stat(filepath.Join(root, "portal.yml")); err == nil {
			e.Hint = "rename portal.yml to " + FileName
		}
		return "", e
	case err != nil:
		return "", &Error{Code: "unreadable", Message: fmt.Sprintf("%s in %s cannot be read: %s", FileName, dir, reason(err)), Hint: "check who may read it", Cause: err}
	}
	return root, nil
}

// reason is what the system says, without the path that the sentence around it names already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return err.Error()
}

type loader struct {
	ctx context.Context
	p   *Portal
}

func (l *loader) add(severity source.Severity, file, code, hint, format string, args ...any) {
	l.p.Problems = append(l.p.Problems, source.Problem{Severity: severity, Code: code, File: file, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (l *loader) settings() {
	node, ok := l.input(FileName)
	s, users, problems := DefaultSettings(), []hubspot.User(nil), source.Problems(nil)
	if ok {
		s, users, problems = ReadSettings(FileName, node)
	}
	if s.Name == "" {
		s.Name = filepath.Base(l.p.Dir)
	}
	l.p.Settings, l.p.Users = s, users
	l.p.Problems = append(l.p.Problems, problems...)
}

// workflows reads workflows/; a file that is no workflow leaves problems and no flow.
func (l *loader) workflows() {
	for _, file := range l.files("workflows", yamlOrJSON) {
		data, ok := l.read(file)
		if !ok {
			continue
		}
		l.p.sources[file] = data
		f, problems := l.p.parseFlow(file, data)
		l.p.Problems = append(l.p.Problems, problems...)
		if f != nil {
			l.p.Flows = append(l.p.Flows, f)
		}
	}
	l.sameNames()
}

func (p *Portal) parseFlow(file string, data []byte) (*flow.Flow, source.Problems) {
	return flow.Parse(file, data, p.Settings.OpenAIAction, p.FlowOptions()...)
}

// mostNamed is how many assistants a hint lists.
const mostNamed = 20

// FlowOptions are what the YAML form of a workflow is read and written with here: the portal's properties and time zone.
func (p *Portal) FlowOptions() []flow.Option {
	lookup := func(objectType, property string) (hubspot.Property, bool) {
		return p.Schema.Of(objectType).Get(property)
	}
	var assistants []string
	for _, a := range p.Assistants {
		if len(assistants) == mostNamed {
			assistants = append(assistants, "…")
			break
		}
		assistants = append(assistants, a.ID)
	}
	return []flow.Option{flow.WithProperties(lookup), flow.WithTimeZone(p.Settings.Zone), flow.WithAssistants(assistants)}
}

func (l *loader) sameNames() {
	ids := map[string]*flow.Flow{}
	for _, f := range l.p.Flows {
		if f.ID == "" {
			continue
		}
		if other := ids[f.ID]; other != nil {
			l.p.Problems = append(l.p.Problems, source.Problem{Severity: source.SeverityWarning, Code: "duplicate_workflow_id", File: f.File,
				Line: f.Pos.Line, Col: f.Pos.Col, Message: fmt.Sprintf("the workflow id %s belongs to %s too", f.ID, other.File),
				Hint: "name the workflow by its file when you run it"})
			continue
		}
		ids[f.ID] = f
	}
}

func (l *loader) assistants() {
	for _, file := range l.files("assistants", yamlOrJSON) {
		node, ok := l.input(file)
		if !ok {
			continue
		}
		if node == nil {
			l.add(source.SeverityError, file, "empty_file", "write at least its name and model, or delete the file", "the file is empty; an assistant was expected")
			continue
		}
		a, problems := assistant.ReadAssistant(file, node, !isJSON(file))
		l.p.Problems = append(l.p.Problems, problems...)
		if a != nil {
			l.p.Assistants = append(l.p.Assistants, a)
		}
	}
	l.sameAssistants()
}

// sameAssistants reports an id or a name that stands for two assistants: an action could mean either.
func (l *loader) sameAssistants() {
	type owner struct{ a *assistant.Assistant }
	seen := map[string]owner{}
	for _, a := range l.p.Assistants {
		for _, key := range []struct{ member, value string }{{"id", a.ID}, {"name", a.Name}} {
			if key.value == "" {
				continue
			}
			other, taken := seen[key.value]
			if !taken {
				seen[key.value] = owner{a}
				continue
			}
			if other.a == a { // its own id is its name
				continue
			}
			pos := a.Pos
			if n := a.Node.Get(key.member); n != nil {
				pos = n.Pos
			}
			l.p.Problems = append(l.p.Problems, source.Problem{Severity: source.SeverityError, Code: "duplicate_assistant", File: a.File,
				Line: pos.Line, Col: pos.Col, Message: fmt.Sprintf("the %s %q already stands for the assistant in %s", key.member, key.value, other.a.File),
				Hint: "give one of them another " + key.member})
			break
		}
	}
}

func (l *loader) responses() {
	for _, file := range l.files("responses", onlyYAML) {
		node, ok := l.input(file)
		if !ok || node == nil {
			continue
		}
		rules, problems := openaisim.ReadRules(file, node)
		l.p.Rules = append(l.p.Rules, rules...)
		l.p.Problems = append(l.p.Problems, problems...)
	}
}

// known are the folders of a portal.
var known = []string{"workflows", "assistants", "records", "responses", "recordings", "tests"}

// models reads models.yaml or models.json: prices and capabilities that the built-in table does not know, or knows otherwise.
func (l *loader) models() {
	l.p.Models = assistant.DefaultModels()
	for _, name := range []string{"models.yaml", "models.json"} {
		if _, err := os.Stat(filepath.Join(l.p.Dir, name)); err != nil {
			continue
		}
		data, ok := l.read(name)
		if !ok {
			return
		}
		models, problems := assistant.LoadModels(name, data)
		l.p.Models = models
		l.p.Problems = append(l.p.Problems, problems...)
		l.p.Inputs[name] = sum(data)
		return
	}
}

// strayFolders warns of folders whose names look like a slip: their files would silently not be read.
func (l *loader) strayFolders() {
	entries, err := os.ReadDir(l.p.Dir)
	if err != nil {
		l.add(source.SeverityError, "", "unreadable", "check who may read it", "the folder cannot be listed: %s", reason(err))
		return
	}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if near := source.Nearest(e.Name(), known); near != "" && near != e.Name() {
			l.add(source.SeverityWarning, e.Name(), "unknown_folder", fmt.Sprintf("did you mean %q?", near), "the folder %q is not read", e.Name())
		}
	}
}

// input reads and parses a YAML or JSON file and notes its sum. ok is false when the file cannot be read; the node is
// nil for an empty file.
func (l *loader) input(file string) (node *source.Node, ok bool) {
	data, ok := l.read(file)
	if !ok {
		return nil, false
	}
	l.p.Inputs[file] = sum(data)
	var problems source.Problems
	if isJSON(file) {
		node, problems = source.ParseJSON(file, data)
	} else {
		node, problems = source.ParseYAML(file, data)
	}
	l.p.Problems = append(l.p.Problems, problems...)
	return node, !problems.HasErrors()
}

func isJSON(file string) bool { return strings.EqualFold(path.Ext(file), ".json") }

// ReadFlow reads a workflow file that need not lie in the portal, with the portal's settings. The flow's File is name as
// given. Not to be called while others use the portal.
func (p *Portal) ReadFlow(name string) (*flow.Flow, source.Problems) {
	data, err := readLimited(name)
	if err != nil {
		return nil, source.Problems{{Severity: source.SeverityError, Code: "unreadable", File: name, Message: "the file cannot be read: " + reason(err), Hint: "check its name and who may read it"}}
	}
	p.sources[name] = data
	return p.parseFlow(name, data)
}
