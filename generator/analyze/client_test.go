package analyze

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestPointersIntoAnswersHaveTwoSpellings holds that each place takes both, and nothing else.
func TestPointersIntoAnswersHaveTwoSpellings(t *testing.T) {
	const text = `
openapi: 3.0.3
info: {title: t, version: "1"}
x-rate-limits: {version: 1, limits: {l: {quota: 9, window: 1s, per: []}}, default: {l: 1}}
x-client:
  token: {operation: login, access: "IT/token", expires: "IT/in"}
  error: {code: "IT/error/code", message: "IT/error/text"}
paths:
  /token:
    post:
      operationId: login
      requestBody: {content: {application/json: {schema: {type: object, properties: {user: {type: string}}}}}}
      responses:
        "200": {description: ok, content: {application/json: {schema: {type: object, properties: {token: {type: string}, in: {type: integer}}}}}}
  /list:
    get:
      operationId: list
      parameters: [{name: after, in: query, schema: {type: string}}]
      x-client: {page: {items: "IT/data", cursor: "IT/next", param: after}}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {data: {type: array, items: {type: string}}, next: {type: string}}}
`
	read := func(it string) (any, int) {
		api, diags := built(t, strings.ReplaceAll(text, "IT", it))
		wrong := 0
		for _, d := range diags {
			if d.Rule == ruleClient && d.Pos.Line > 0 &&
				strings.Contains(d.Message, ": write $response.body#/") {
				wrong++
			}
		}
		type read struct{ code, message, access, expires, items, cursor string }
		out := read{code: api.ErrorCode, message: api.ErrorText}
		if api.Token != nil {
			out.access, out.expires = api.Token.Access[0].Field, api.Token.Expires[0].Field
		}
		for _, g := range api.Groups {
			for _, op := range g.Operations {
				if op.Page != nil {
					out.items, out.cursor = op.Page.Items[0].Field, op.Page.Cursor[0].Field
				}
			}
		}
		return out, wrong
	}
	long, wrong := read("$response.body#")
	short, more := read("")
	if want := "{/error/code /error/text Token In Data Next}"; wrong+more > 0 ||
		!reflect.DeepEqual(long, short) || !strings.Contains(fmt.Sprint(long), want) {
		t.Errorf("%v and %v, %d errors", long, short, wrong+more)
	}
	for _, it := range []string{"$response.body", "$request.body#", "$response.header", "#", "$", "a", "$response.body#/~2"} {
		if got, wrong := read(it); wrong != 6 {
			t.Errorf("%q: %v with %d errors, want 6", it, got, wrong)
		}
	}
}
