// SPDX-License-Identifier: Apache-2.0

// A ValidatingAdmissionPolicy, compiled and evaluated with the compiler, the environment of functions and the cost
// limits of the API server, and its matcher of resourceRules. Of its surroundings just what our policies use is played:
// one binding each, a ConfigMap as its parameter, pods and their subresources as its objects. Selectors are not.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	celgo "cel.dev/cel-go/cel"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

// The oldest release with ValidatingAdmissionPolicy in v1: nothing that came later may be used.
var oldest = version.MajorMinor(1, 30)

// One expression, as the compiler takes it.
type expression struct {
	name, text string
	types      []*celgo.Type
}

func (e *expression) GetExpression() string      { return e.text }
func (e *expression) GetName() string            { return e.name }
func (e *expression) ReturnTypes() []*celgo.Type { return e.types }

type policy struct {
	object                       *admissionregistration.ValidatingAdmissionPolicy
	binding                      *admissionregistration.ValidatingAdmissionPolicyBinding
	params                       []*core.ConfigMap
	compiler                     *cel.CompositedCompiler
	matches, validates, messages cel.ConditionEvaluator
}

var withParams = cel.OptionalVariableDeclarations{HasParams: true}

// A line of the table: a request, and what to expect of it.
type testcase struct {
	Name         string            `json:"name"`
	Namespace    string            `json:"namespace"`
	Annotations  map[string]string `json:"annotations"`
	Was          map[string]string `json:"was"`    // an update: the annotations before
	Update       bool              `json:"update"` // an update, also of a pod that had none
	RuntimeClass *string           `json:"runtimeClass"`
	Subresource  string            `json:"subresource"` // an update of it
	Containers   []string          `json:"containers"`  // others than web and side-car
	Ephemeral    []string          `json:"ephemeral"`   // ephemeral containers
	Long         int               `json:"long"`        // add an inline policy of so many bytes
	Refused      []string          `json:"refused"`     // parts of the messages; none: admitted
}

func boolean(name, text string) *expression {
	return &expression{name, text, []*celgo.Type{celgo.BoolType}}
}

func (p *policy) compile() error {
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(oldest))
	if err != nil {
		return err
	}
	p.compiler = compiler
	for _, v := range p.object.Spec.Variables {
		result := compiler.CompileAndStoreVariable(
			&expression{v.Name, v.Expression, []*celgo.Type{celgo.AnyType, celgo.DynType}}, withParams,
			environment.NewExpressions)
		if result.Error != nil {
			return fmt.Errorf("variable %s: %s", v.Name, result.Error)
		}
	}
	var matches, validates, messages []cel.ExpressionAccessor
	for _, c := range p.object.Spec.MatchConditions {
		matches = append(matches, boolean(c.Name, c.Expression))
	}
	for i, v := range p.object.Spec.Validations {
		name := fmt.Sprintf("validations[%d]", i)
		validates = append(validates, boolean(name, v.Expression))
		messages = append(messages, &expression{name, v.MessageExpression, []*celgo.Type{celgo.StringType}})
	}
	conditions := func(list []cel.ExpressionAccessor) cel.ConditionEvaluator {
		return compiler.CompileCondition(list, withParams, environment.NewExpressions)
	}
	p.matches, p.validates, p.messages = conditions(matches), conditions(validates), conditions(messages)
	return errors.Join(append(append(p.matches.CompilationErrors(), p.validates.CompilationErrors()...),
		p.messages.CompilationErrors()...)...)
}

// The policies of these files, each with its binding, and the ConfigMaps beside them.
func readPolicies(paths []string) ([]*policy, error) {
	objects, err := readObjects(paths)
	if err != nil {
		return nil, err
	}
	var policies []*policy
	var params []*core.ConfigMap
	bindings := map[string]*admissionregistration.ValidatingAdmissionPolicyBinding{}
	for _, object := range objects {
		switch o := object.(type) {
		case *admissionregistration.ValidatingAdmissionPolicy:
			policies = append(policies, &policy{object: o})
		case *admissionregistration.ValidatingAdmissionPolicyBinding:
			bindings[o.Spec.PolicyName] = o
		case *core.ConfigMap:
			params = append(params, o)
		}
	}
	for _, p := range policies {
		p.binding, p.params = bindings[p.object.Name], params
		if p.binding == nil {
			return nil, fmt.Errorf("%s has no binding in these files", p.object.Name)
		}
		if err := p.compile(); err != nil {
			return nil, fmt.Errorf("%s: %w", p.object.Name, err)
		}
	}
	if len(policies) == 0 {
		return nil, errors.New("no policy in these files")
	}
	return policies, nil
}

// The ConfigMap that the binding names, as a typed nil where there is none.
func (p *policy) param(namespace string) *core.ConfigMap {
	ref := p.binding.Spec.ParamRef
	if ref == nil {
		return nil
	}
	if ref.Namespace != "" {
		namespace = ref.Namespace
	}
	for _, param := range p.params {
		if param.Name == ref.Name && param.Namespace == namespace {
			return param
		}
	}
	return nil
}

func (c *testcase) pod(annotations map[string]string) *core.Pod {
	names, containers := []string{"web", "side-car"}, []core.Container{}
	if c.Containers != nil {
		names = c.Containers
	}
	for _, name := range names {
		containers = append(containers, core.Container{Name: name})
	}
	ephemeral := []core.EphemeralContainer{}
	for _, name := range c.Ephemeral {
		ephemeral = append(ephemeral, core.EphemeralContainer{
			EphemeralContainerCommon: core.EphemeralContainerCommon{Name: name}})
	}
	return &core.Pod{
		TypeMeta:   meta.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: meta.ObjectMeta{Name: "case", Namespace: c.Namespace, Annotations: annotations},
		Spec: core.PodSpec{
			RuntimeClassName:    c.RuntimeClass,
			InitContainers:      []core.Container{{Name: "prepare"}},
			Containers:          containers,
			EphemeralContainers: ephemeral,
		},
	}
}

func (c *testcase) request() *admission.VersionedAttributes {
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	object, operation, old := c.pod(c.Annotations), admission.Create, runtime.Object(nil)
	if c.Long > 0 {
		object.Annotations = map[string]string{"policy.sockopt.oci": strings.Repeat("é", c.Long/2)}
	}
	if c.Was != nil || c.Update || c.Subresource != "" {
		operation, old = admission.Update, c.pod(c.Was)
	}
	return &admission.VersionedAttributes{
		Attributes: admission.NewAttributesRecord(object, old, kind, c.Namespace, "case",
			schema.GroupVersionResource{Version: "v1", Resource: "pods"}, c.Subresource, operation, nil, false,
			&user.DefaultInfo{Name: "someone"}),
		VersionedKind: kind, VersionedObject: object, VersionedOldObject: old,
	}
}

// Whether the API server asks this policy about such a request at all.
func (p *policy) reaches(request *admission.VersionedAttributes) bool {
	for _, rule := range p.object.Spec.MatchConstraints.ResourceRules {
		matcher := rules.Matcher{Rule: rule.RuleWithOperations, Attr: request}
		if matcher.Matches() {
			return true
		}
	}
	return false
}

// Before any expression is looked at, and so for every pod.
func (p *policy) withoutParam() []string {
	if action := p.binding.Spec.ParamRef.ParameterNotFoundAction; *action == admissionregistration.AllowAction {
		return nil
	}
	return []string{"no params found for policy binding with `Deny` parameterNotFoundAction"}
}

// The messages of a refusal; none: admitted.
func (p *policy) ask(c *testcase) ([]string, error) {
	request := c.request()
	if !p.reaches(request) {
		return nil, nil
	}
	if ref := p.binding.Spec.ParamRef; ref != nil && p.param(c.Namespace) == nil {
		return p.withoutParam(), nil
	}
	ctx := p.compiler.CreateContext(context.Background())
	asked := cel.CreateAdmissionRequest(request.Attributes, meta.GroupVersionResource(request.GetResource()),
		meta.GroupVersionKind(request.VersionedKind))
	inputs := cel.OptionalVariableBindings{VersionedParams: p.param(c.Namespace)}
	namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: c.Namespace}}
	evaluate := func(what cel.ConditionEvaluator, budget int64) ([]cel.EvaluationResult, int64, error) {
		return what.ForInput(ctx, request, asked, inputs, namespace, budget)
	}
	matched, _, err := evaluate(p.matches, celconfig.RuntimeCELCostBudgetMatchConditions)
	if err != nil {
		return nil, err
	}
	for _, result := range matched {
		if result.Error != nil {
			return []string{result.Error.Error()}, nil
		}
		if result.EvalResult.Value() != true {
			return nil, nil
		}
	}
	results, left, err := evaluate(p.validates, celconfig.RuntimeCELCostBudget)
	if err != nil {
		return nil, err
	}
	texts, _, err := evaluate(p.messages, left)
	if err != nil {
		return nil, err
	}
	var messages []string
	for i, result := range results {
		switch {
		case result.Error != nil:
			messages = append(messages, result.Error.Error())
		case result.EvalResult.Value() == true:
		case texts[i].Error != nil:
			return nil, fmt.Errorf("validations[%d].messageExpression: %w", i, texts[i].Error)
		default:
			messages = append(messages, texts[i].EvalResult.Value().(string))
		}
	}
	return messages, nil
}

func (c *testcase) judge(got []string) error {
	text := strings.Join(got, "\n")
	for _, part := range c.Refused {
		if !strings.Contains(text, part) {
			return fmt.Errorf("got:      %q\nexpected: %q", text, part)
		}
	}
	if len(got) != len(c.Refused) {
		return fmt.Errorf("got %d refusals: %q\nexpected: %d", len(got), text, len(c.Refused))
	}
	for _, message := range got {
		if len(message) > celconfig.MaxEvaluatedMessageExpressionSizeBytes || strings.Contains(message, "\n") {
			return fmt.Errorf("the API server does not show such a message: %q", message)
		}
	}
	return nil
}

func askAll(policies []*policy, c *testcase) ([]string, error) {
	var all []string
	for _, p := range policies {
		got, err := p.ask(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.object.Name, err)
		}
		all = append(all, got...)
	}
	return all, nil
}

func admit(args []string) error {
	if len(args) < 3 || args[len(args)-2] != "--" {
		return errors.New("usage: kube admit FILE… -- CASES")
	}
	policies, err := readPolicies(args[:len(args)-2])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[len(args)-1])
	if err != nil {
		return err
	}
	var cases []testcase
	if err := yaml.UnmarshalStrict(text, &cases); err != nil {
		return err
	}
	wrong := 0
	for i := range cases {
		got, err := askAll(policies, &cases[i])
		if err == nil {
			err = cases[i].judge(got)
		}
		switch {
		case err != nil:
			wrong++
			fmt.Printf("%s: %s\n", cases[i].Name, err)
		case len(got) > 0:
			fmt.Printf("%s: refused: %s\n", cases[i].Name, strings.Join(got, "; "))
		default:
			fmt.Printf("%s: admitted\n", cases[i].Name)
		}
	}
	if wrong > 0 || len(cases) == 0 {
		return fmt.Errorf("%d of %d cases went otherwise", wrong, len(cases))
	}
	return nil
}
