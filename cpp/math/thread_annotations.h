#ifndef PERCEPTRA_MATH_THREAD_ANNOTATIONS_H_
#define PERCEPTRA_MATH_THREAD_ANNOTATIONS_H_

// Clang's thread-safety annotations (https://clang.llvm.org/docs/ThreadSafetyAnalysis.html), which
// `npm run lint` checks. Other compilers ignore them.
#if defined(__clang__)
#define MLP_ANNOTATION(x) __attribute__((x))
#else
#define MLP_ANNOTATION(x)
#endif

// A class that stands for a right to access data: a lock or a role.
#define MLP_CAPABILITY(name) MLP_ANNOTATION(capability(name))
// A class whose constructor takes a capability and whose destructor gives it back.
#define MLP_SCOPED_CAPABILITY MLP_ANNOTATION(scoped_lockable)
// A member that is only accessed with the capability.
#define MLP_GUARDED_BY(capability) MLP_ANNOTATION(guarded_by(capability))
// A function that is only called with the capability, or only without it.
#define MLP_REQUIRES(...) MLP_ANNOTATION(requires_capability(__VA_ARGS__))
#define MLP_EXCLUDES(...) MLP_ANNOTATION(locks_excluded(__VA_ARGS__))
// A function that takes a capability, or gives it back.
#define MLP_ACQUIRE(...) MLP_ANNOTATION(acquire_capability(__VA_ARGS__))
#define MLP_RELEASE(...) MLP_ANNOTATION(release_capability(__VA_ARGS__))

#endif  // PERCEPTRA_MATH_THREAD_ANNOTATIONS_H_
