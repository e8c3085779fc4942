package istio

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// finder collects what a Split is made of. It only reads.
type finder struct {
	*cluster
	target  traffic.Target
	names   names
	service *unstructured.Unstructured
	routes  []*routeObject
	// around are all VirtualServices that can be seen, the routes among them.
	around []*routeObject
	rules  []*rule
	// hidden are rules that Istio overlooks.
	hidden []*rule
	// twins are the names of a version's subsets by stable's, by role.
	twins map[string]map[string]string
	// twinRules are DestinationRules for a version's own host, by role.
	twinRules map[string][]*unstructured.Unstructured
	warnings  []string
	copied    bool // requests are copied to the candidate
}

// routeObject is a VirtualService that may send to the Service.
type routeObject struct {
	*unstructured.Unstructured
	// only are the names of the HTTP routes asked for; nil means all routes.
	only []string
}

func (f *finder) warn(format string, args ...any) {
	w := fmt.Sprintf(format, args...)
	if !slices.Contains(f.warnings, w) {
		f.warnings = append(f.warnings, w)
	}
}

func (f *finder) find(ctx context.Context) (*state, error) {
	if err := f.readService(ctx); err != nil {
		return nil, err
	}
	if err := f.choose(ctx, f.target.Namespace); err != nil {
		return nil, err
	}
	var err error
	if f.routes, err = f.readRoutes(ctx); err != nil {
		return nil, err
	}
	f.around = f.readAround(ctx)
	if f.rules, err = f.readRules(ctx); err != nil {
		return nil, err
	}
	return f.plan(ctx)
}

func (f *finder) readService(ctx context.Context) error {
	ref := traffic.ObjectRef{Resource: resourceServices, Kind: kindService, Namespace: f.target.Namespace, Name: f.target.Service}
	svc, err := f.get(ctx, ref)
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("%s does not exist: name the Service that stable stands behind (spec.service)", ref)
	}
	if err != nil {
		return explain("read "+ref.String(), err)
	}
	if len(selectorOf(svc)) == 0 {
		return fmt.Errorf("%s has no selector, so it does not say which Pods are stable's: give it one", ref)
	}
	f.service = svc
	return nil
}

func selectorOf(svc *unstructured.Unstructured) map[string]string {
	return stringMap(spec(svc)["selector"])
}

// readRoutes reads the VirtualServices asked for, or all that may be read.
func (f *finder) readRoutes(ctx context.Context) ([]*routeObject, error) {
	if len(f.target.Routes) > 0 {
		return f.readNamed(ctx)
	}
	items, err := f.everywhere(ctx, resourceVirtualServices, []string{f.target.Namespace})
	if err != nil {
		return nil, err
	}
	var out []*routeObject
	for i := range items {
		out = append(out, &routeObject{Unstructured: &items[i]})
	}
	return out, nil
}

// everywhere lists a kind in all namespaces, or in the given ones where the
// user may not see more.
func (f *finder) everywhere(ctx context.Context, resource string, own []string) ([]unstructured.Unstructured, error) {
	items, err := f.list(ctx, resource, "")
	if err == nil {
		return inOrder(items), nil
	}
	if !apierrors.IsForbidden(err) {
		return nil, explain("list "+resource, err)
	}
	f.warn("not permitted to list %s in all namespaces: only %s was searched; grant `list` on %s cluster-wide if other namespaces route to %s too",
		resource, strings.Join(own, ", "), resource, f.target.Service)
	for _, ns := range own {
		more, err := f.list(ctx, resource, ns)
		if err != nil {
			return nil, explain("list "+resource+" in namespace "+ns, err)
		}
		items = append(items, more...)
	}
	return inOrder(items), nil
}

// inOrder sorts objects by namespace and name: the order of all edits.
func inOrder(items []unstructured.Unstructured) []unstructured.Unstructured {
	slices.SortFunc(items, func(a, b unstructured.Unstructured) int {
		return strings.Compare(a.GetNamespace()+"/"+a.GetName(), b.GetNamespace()+"/"+b.GetName())
	})
	return items
}

// readNamed reads the VirtualServices that the Target names, and those that
// they delegate to.
func (f *finder) readNamed(ctx context.Context) ([]*routeObject, error) {
	found := map[string]*routeObject{}
	for _, ref := range f.target.Routes {
		ns := ref.Namespace
		if ns == "" {
			ns = f.target.Namespace
		}
		root, err := f.readOne(ctx, found, ns, ref.Name, ref.HTTP)
		if err != nil {
			return nil, err
		}
		if err := missing(root, ref.HTTP); err != nil {
			return nil, err
		}
		for _, d := range delegates(root) {
			if _, err := f.readOne(ctx, found, d.namespace, d.name, nil); err != nil {
				return nil, fmt.Errorf("delegate of %s: %w", describe(kindVirtualService, root.Unstructured), err)
			}
		}
	}
	var out []*routeObject
	for _, key := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[key])
	}
	return out, nil
}

func (f *finder) readOne(ctx context.Context, found map[string]*routeObject, ns, name string, only []string) (*routeObject, error) {
	ref := traffic.ObjectRef{Group: group, Resource: resourceVirtualServices, Kind: kindVirtualService, Namespace: ns, Name: name}
	obj, err := f.get(ctx, ref)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("%s does not exist: correct spec.routes, or leave it out to have the routes found", ref)
	}
	if err != nil {
		return nil, explain("read "+ref.String(), err)
	}
	key := ns + "/" + name
	switch was := found[key]; {
	case was == nil:
		found[key] = &routeObject{obj, only}
	case was.only == nil || only == nil:
		was.only = nil
	default:
		was.only = append(slices.Clone(was.only), only...)
	}
	return &routeObject{obj, only}, nil
}

// missing complains about HTTP routes that were asked for and are not there.
func missing(o *routeObject, want []string) error {
	have := []string{}
	for _, r := range routesOf(spec(o.Unstructured), listHTTP) {
		have = append(have, nameOf(r))
	}
	for _, name := range want {
		if !slices.Contains(have, name) {
			return fmt.Errorf("%s has no HTTP route named %q (it has %q): correct spec.routes", describe(kindVirtualService, o.Unstructured), name, have)
		}
	}
	return nil
}

// wants says whether a route is among those asked for.
func (o *routeObject) wants(list, name string) bool {
	return o.only == nil || list == listHTTP && slices.Contains(o.only, name)
}

func describe(kind string, o *unstructured.Unstructured) string {
	return fmt.Sprintf("%s %s/%s", kind, o.GetNamespace(), o.GetName())
}
