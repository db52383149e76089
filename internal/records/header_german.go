package records

import "strings"

// germanObject is the object type that a word of a German header names, in lower case; "" for other words.
func germanObject(word string) string {
	switch word {
	case "kontakt", "kontakte", "kontakts":
		return "contact"
	case "unternehmen", "unternehmens", "firma", "firmen":
		return "company"
	case "deal", "deals":
		return "deal"
	case "ticket", "tickets":
		return "ticket"
	case "aufgabe", "aufgaben":
		return "task"
	}
	return ""
}

// german is the noun of an object type in headers such as "Datensatz-ID - Kontakt"; other types go by their name.
func german(objectType string) string {
	switch objectType {
	case "contact":
		return "kontakt"
	case "company":
		return "unternehmen"
	}
	return objectType
}

type germanHeader struct{ ids, primary bool }

// germanAssociation reads "Zugeordnete Unternehmen IDs", "Zugeordnete Kontakt-IDs", "Zugeordnetes Unternehmen",
// "Primäres zugeordnetes Unternehmen" and "Datensatz-ID - Unternehmen", all in lower case, and gives the object type.
func germanAssociation(text string) (objectType string, h germanHeader, ok bool) {
	if rest, found := strings.CutPrefix(text, "datensatz-id - "); found {
		objectType = germanObject(rest)
		return objectType, germanHeader{ids: true}, objectType != ""
	}
	words := strings.Fields(strings.ReplaceAll(text, "-", " "))
	for len(words) > 0 {
		switch word := words[0]; {
		case strings.HasPrefix(word, "primär"):
			h.primary = true
		case strings.HasPrefix(word, "zugeordnet"):
			ok = true
		case word == "id", word == "ids", word == "datensatz", word == "der", word == "des":
			h.ids = h.ids || strings.HasPrefix(word, "id")
		default:
			if objectType != "" || germanObject(word) == "" {
				return "", germanHeader{}, false
			}
			objectType = germanObject(word)
		}
		words = words[1:]
	}
	return objectType, h, ok && objectType != ""
}
