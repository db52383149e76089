package portal

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"askflow/internal/assistant"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Workflow finds a workflow by its file's name without the ending, by its name, or by its id; a file's path is taken
// too. The error is an *Error with a sentence, the nearest name, and the list.
func (p *Portal) Workflow(name string) (*flow.Flow, error) {
	slash := filepath.ToSlash(name)
	ways := []func(*flow.Flow) bool{
		func(f *flow.Flow) bool { return f.File == path.Clean(slash) },
		func(f *flow.Flow) bool { return path.Base(f.File) == name },
		func(f *flow.Flow) bool { return f.FileName == name },
		func(f *flow.Flow) bool { return f.Name == name && name != "" },
		func(f *flow.Flow) bool { return f.ID == name && name != "" },
		func(f *flow.Flow) bool { return strings.EqualFold(f.FileName, name) },
		func(f *flow.Flow) bool { return strings.EqualFold(f.Name, name) && name != "" },
	}
	for _, way := range ways {
		var found []*flow.Flow
		for _, f := range p.Flows {
			if way(f) {
				found = append(found, f)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			var files []string
			for _, f := range found {
				files = append(files, path.Base(f.File))
			}
			return nil, &Error{Code: "ambiguous_workflow", Message: fmt.Sprintf("%q may mean %d workflows: %s", name, len(found), strings.Join(files, ", ")),
				Hint: "name the file with its ending"}
		}
	}
	return nil, p.unknownWorkflow(name)
}

func (p *Portal) unknownWorkflow(name string) error {
	e := &Error{Code: "unknown_workflow", Message: fmt.Sprintf("there is no workflow %q in this portal", name)}
	if len(p.Flows) == 0 {
		e.Hint = "workflows/ holds no workflow that can be read; `emulator validate` says why"
		return e
	}
	var candidates, files []string
	for _, f := range p.Flows {
		files = append(files, f.FileName)
		candidates = append(candidates, f.FileName)
		if f.Name != "" {
			candidates = append(candidates, f.Name)
		}
	}
	e.Hint = "there are: " + short(files)
	if near := source.Nearest(name, candidates); near != "" {
		e.Hint = fmt.Sprintf("did you mean %q? There are: %s", near, short(files))
	}
	return e
}

// short joins names, the first twenty of them.
func short(names []string) string {
	if len(names) > 20 {
		return fmt.Sprintf("%s, and %d more", strings.Join(names[:20], ", "), len(names)-20)
	}
	return strings.Join(names, ", ")
}

// Assistant finds an assistant by its id or its name, first as written, then whatever the case. The error is an *Error
// with a sentence, the nearest name, and the list.
func (p *Portal) Assistant(idOrName string) (*assistant.Assistant, error) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, a := range p.Assistants {
			if idOrName != "" && (same(a.ID, idOrName) || same(a.Name, idOrName)) {
				return a, nil
			}
		}
	}
	e := &Error{Code: "unknown_assistant", Message: fmt.Sprintf("there is no assistant %q in this portal", idOrName)}
	if len(p.Assistants) == 0 {
		e.Hint = "assistants/ holds no assistant that can be read"
		return nil, e
	}
	var ids, candidates []string
	for _, a := range p.Assistants {
		ids = append(ids, a.ID)
		candidates = append(candidates, a.ID, a.Name)
	}
	e.Hint = "there are: " + short(ids)
	if near := source.Nearest(idOrName, candidates); near != "" {
		e.Hint = fmt.Sprintf("did you mean %q? There are: %s", near, short(ids))
	}
	return nil, e
}

// User finds a user by user id, the id that notifications use.
func (p *Portal) User(id string) (hubspot.User, bool) {
	for _, u := range p.Users {
		if u.ID == id {
			return u, true
		}
	}
	return hubspot.User{}, false
}

// Owner finds a user by owner id, the id that records and tasks use.
func (p *Portal) Owner(id string) (hubspot.User, bool) {
	for _, u := range p.Users {
		if u.OwnerID == id && id != "" {
			return u, true
		}
	}
	return hubspot.User{}, false
}

// List finds a list by id.
func (p *Portal) List(id string) (hubspot.List, bool) {
	for _, l := range p.Lists {
		if l.ID == id {
			return l, true
		}
	}
	return hubspot.List{}, false
}
