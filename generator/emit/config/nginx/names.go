package nginx

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/limitgen/limitgen/generator/model"
)

// longestGroup is how long the name of a group in a regular expression may be. nginx makes a
// variable of each, and its table of variables holds names of that length too.
const longestGroup = 32

// longestPrefix leaves room for the longest name that begins with it and holds nothing of a spec.
const longestPrefix = longestGroup - len("_limit9999_operation")

// shorten gives a prefix that names can begin with: the API's own, or its beginning with a hash of
// the whole.
func shorten(name string) string {
	if len(name) <= longestPrefix {
		return name
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return fmt.Sprintf("%s_%06x", name[:longestPrefix-len("_012345")], h.Sum32()&0xffffff)
}

// variable names what belongs to a limit: by its name where that is short enough and no other
// limit's, nor ends as what is another limit's operation, else by its number.
func (b *builder) variable(l *model.Limit, number int) string {
	name := "limit_" + word(l.Name, "")
	if len(b.Name)+len("_")+len(name)+len("_operation") > longestGroup ||
		strings.HasSuffix(name, "_operation") {
		return fmt.Sprintf("limit%d", number)
	}
	for _, c := range b.Limits {
		if c.Name == name {
			return fmt.Sprintf("limit%d", number)
		}
	}
	return name
}

// longestClass is how long the names of a class's limits may be together before the class is called
// by a number.
const longestClass = 100
