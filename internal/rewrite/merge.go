package rewrite

import (
	"askflow/internal/source"
)

// merge makes the value at a path equal to want, touching only what differs. Where members stand and what order the
// actions have stays as it is; new actions go to the end.
func merge(doc *Doc, at Path, want *source.Node) error {
	have := at.At(doc.Root())
	switch {
	case have == nil:
		return missing(at)
	case source.Equal(have, want):
		return nil
	case have.Kind == source.Object && want.Kind == source.Object:
		return mergeObject(doc, at, want)
	case have.Kind == source.Array && want.Kind == source.Array && isActions(at, have, want):
		return mergeActions(doc, at, want)
	case have.Kind == source.Array && want.Kind == source.Array:
		return mergeList(doc, at, want)
	default:
		return doc.Set(at, want)
	}
}

func mergeObject(doc *Doc, at Path, want *source.Node) error {
	for _, m := range at.At(doc.Root()).Clone().Members {
		if want.Get(m.Key) == nil {
			if err := doc.Remove(at.with(Key(m.Key))); err != nil {
				return err
			}
		}
	}
	after := ""
	for _, m := range want.Members {
		have := at.At(doc.Root())
		var err error
		switch {
		case have.Get(m.Key) != nil:
			err = merge(doc, at.with(Key(m.Key)), m.Value)
		case after == "" && len(have.Members) > 0:
			err = doc.InsertKey(at, m.Key, m.Value, have.Members[len(have.Members)-1].Key)
		default:
			err = doc.InsertKey(at, m.Key, m.Value, after)
		}
		if err != nil {
			return err
		}
		after = m.Key
	}
	return nil
}

func isActions(at Path, have, want *source.Node) bool {
	if len(at) == 0 || at[len(at)-1].key != "actions" {
		return false
	}
	for _, list := range [][]*source.Node{have.Items, want.Items} {
		for _, a := range list {
			if textOf(a.Get("actionId")) == "" {
				return false
			}
		}
	}
	return true
}

func mergeActions(doc *Doc, at Path, want *source.Node) error {
	byID := map[string]*source.Node{}
	for _, a := range want.Items {
		byID[a.Get("actionId").Text] = a
	}
	there := map[string]bool{}
	for i := len(at.At(doc.Root()).Items) - 1; i >= 0; i-- {
		path := at.with(Item(i))
		id := path.At(doc.Root()).Get("actionId").Text
		there[id] = true
		var err error
		if byID[id] == nil {
			err = doc.Remove(path)
		} else {
			err = merge(doc, path, byID[id])
		}
		if err != nil {
			return err
		}
	}
	for _, a := range want.Items {
		if !there[a.Get("actionId").Text] {
			if err := doc.InsertItem(at, len(at.At(doc.Root()).Items), a); err != nil {
				return err
			}
		}
	}
	return nil
}

// mergeList keeps the items at both ends that are equal.
func mergeList(doc *Doc, at Path, want *source.Node) error {
	have := at.At(doc.Root()).Items
	head := 0
	for head < min(len(have), len(want.Items)) && source.Equal(have[head], want.Items[head]) {
		head++
	}
	tail := 0
	for tail < min(len(have), len(want.Items))-head && source.Equal(have[len(have)-1-tail], want.Items[len(want.Items)-1-tail]) {
		tail++
	}
	if len(have) == len(want.Items) {
		for i := head; i < len(have)-tail; i++ {
			if err := merge(doc, at.with(Item(i)), want.Items[i]); err != nil {
				return err
			}
		}
		return nil
	}
	for i := len(have) - tail - 1; i >= head; i-- {
		if err := doc.Remove(at.with(Item(i))); err != nil {
			return err
		}
	}
	for i := head; i < len(want.Items)-tail; i++ {
		if err := doc.InsertItem(at, i, want.Items[i]); err != nil {
			return err
		}
	}
	return nil
}
