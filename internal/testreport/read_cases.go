package testreport

import (
	"encoding/json"
	"errors"
	"fmt"

	"askflow/internal/run"
)

// storedCell is a cell as it is read: its label may stand behind its cases, and the name of its test behind both.
type storedCell struct {
	label        string
	onlyFailures bool
	keys         []StoredKey
	cases        []StoredCase
}

func (s *storedReader) reportMember(key string) error {
	if key != "tests" {
		return s.skip()
	}
	return s.list("tests", s.test)
}

func (s *storedReader) test() error {
	name, named := "", false
	var cells []*storedCell
	err := s.object("tests", func(key string) error {
		switch key {
		case "name":
			named = true
			return s.decode("name", &name)
		case "cells":
			return s.list("cells", func() error {
				cell, err := s.cell()
				cells = append(cells, cell)
				return err
			})
		}
		return s.skip()
	})
	if err != nil {
		return err
	}
	if !named {
		return problem(`one of its tests has no "name"`)
	}
	return s.keep(name, cells)
}

// keep adds the cells of a test to what was read.
func (s *storedReader) keep(name string, cells []*storedCell) error {
	for _, cell := range cells {
		at := StoredCell{Test: s.word(name), Cell: s.word(cell.label)}
		if cell.onlyFailures {
			s.out.OnlyFailures[at] = true
		}
		for i, key := range cell.keys {
			key.StoredCell = at
			if _, twice := s.out.Cases[key]; twice {
				return problem(fmt.Sprintf("the test %s has the case %q twice in the cell %q", oneLine(name), titleOf(recordOf(key), key.Case, key.Repeat), oneLine(cell.label)))
			}
			s.out.Cases[key] = cell.cases[i]
		}
	}
	return nil
}

func (s *storedReader) cell() (*storedCell, error) {
	cell := &storedCell{}
	listed := false
	err := s.object("cells", func(key string) error {
		switch key {
		case "label":
			return s.decode("label", &cell.label)
		case "onlyFailures":
			return s.decode("onlyFailures", &cell.onlyFailures)
		case "results":
			listed = true
			return s.list("results", func() error { return s.result(cell) })
		}
		return s.skip()
	})
	if err == nil && !listed {
		err = problem(`one of its cells has no "results": the cases are not in it, so nothing can be held against them`)
	}
	return cell, err
}

// result reads one case.
func (s *storedReader) result(cell *storedCell) error {
	if s.n++; s.n > MaxStoredCases {
		return problem(fmt.Sprintf("it lists more than %d cases, more than are read", MaxStoredCases))
	}
	var line storedLine
	if err := s.decode("results", &line); err != nil {
		return err
	}
	if line.Passed == nil {
		return problem(fmt.Sprintf(`case %d of it does not say whether it passed: "passed" is missing`, s.n))
	}
	if line.Record.ID == "" {
		return problem(fmt.Sprintf(`case %d of it does not say which record it is about: "record" has no "id"`, s.n))
	}
	answer := ""
	for _, ask := range line.Asks {
		if ask.Response != nil {
			answer = *ask.Response
		}
	}
	cell.keys = append(cell.keys, StoredKey{ObjectType: s.word(line.Record.ObjectType), ID: line.Record.ID, Case: s.word(line.Case), Repeat: line.Repeat})
	cell.cases = append(cell.cases, storedCase(*line.Passed, answer))
	return nil
}

// decode reads a value into v.
func (s *storedReader) decode(what string, v any) error {
	s.limit.began = s.dec.InputOffset()
	err := s.dec.Decode(v)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		place := what
		if mistyped.Field != "" {
			place += "." + mistyped.Field
		}
		return problem(fmt.Sprintf("its member %q holds a %s, which it does not in the report of a test run", oneLine(cut(place, 80)), oneLine(mistyped.Value)))
	}
	return err
}

func recordOf(k StoredKey) run.RecordRef { return run.RecordRef{ObjectType: k.ObjectType, ID: k.ID} }
