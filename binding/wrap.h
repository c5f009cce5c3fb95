#ifndef PERCEPTRA_BINDING_WRAP_H_
#define PERCEPTRA_BINDING_WRAP_H_

#include <initializer_list>
#include <memory>
#include <type_traits>

#include "binding/guard.h"
#include "binding/napi_setup.h"

namespace binding {

// A C++ object behind a JavaScript one, freed with it. Its allocation, its constructor and its methods run
// under a guard (Napi::ObjectWrap would turn std::bad_alloc into an error without a code). Node checks that a
// method is called on an object of its class.
template <typename T>
class Wrap {
 public:
  Wrap(const Wrap&) = delete;
  Wrap& operator=(const Wrap&) = delete;

  // REQUIRES: an object of this class.
  static T* Unwrap(const Napi::Object& object) {
    void* instance = nullptr;
    if (napi_unwrap(object.Env(), object, &instance) != napi_ok) throw Napi::Error::New(object.Env());
    return static_cast<T*>(instance);
  }

 protected:
  explicit Wrap(const Napi::CallbackInfo& info) : env_(info.Env()) {}
  ~Wrap() = default;

  Napi::BasicEnv Env() const { return env_; }

  static Napi::Function DefineClass(Napi::Env env, const char* name,
                                    std::initializer_list<napi_property_descriptor> properties) {
    napi_value constructor = nullptr;
    if (napi_define_class(env, name, NAPI_AUTO_LENGTH, Construct, nullptr, properties.size(),
                          properties.begin(), &constructor) != napi_ok) {
      throw Napi::Error::New(env);
    }
    return {env, constructor};
  }

  // `member` takes a const Napi::CallbackInfo& and returns a Napi::Value or nothing.
  template <auto member>
  static napi_property_descriptor Method(const char* name) {
    napi_property_descriptor property{};
    property.utf8name = name;
    property.method = Call<member>;
    return property;
  }

  template <auto member>
  static napi_property_descriptor Getter(const char* name) {
    napi_property_descriptor property{};
    property.utf8name = name;
    property.getter = Call<member>;
    return property;
  }

 private:
  static napi_value Construct(napi_env env, napi_callback_info callback) noexcept {
    return Napi::details::WrapCallback(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, callback);
      if (!info.IsConstructCall()) {
        throw Napi::TypeError::New(env, "Class constructors cannot be invoked without 'new'");
      }
      return Guard(env, [&]() -> napi_value {
        auto object = std::make_unique<T>(info);
        if (napi_wrap(env, info.This(), object.get(), Delete, nullptr, nullptr) != napi_ok) {
          throw Napi::Error::New(env);
        }
        object.release();  // NOLINT(bugprone-unused-return-value): the JavaScript object owns it
        return info.This();
      });
    });
  }

  template <auto member>
  static napi_value Call(napi_env env, napi_callback_info callback) noexcept {
    return Napi::details::WrapCallback(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, callback);
      T* const object = Unwrap(info.This().As<Napi::Object>());
      return Guard(env, [&]() -> napi_value {
        if constexpr (std::is_void_v<decltype((object->*member)(info))>) {
          (object->*member)(info);
          return nullptr;
        } else {
          return (object->*member)(info);
        }
      });
    });
  }

  static void Delete(node_api_basic_env, void* object, void*) { delete static_cast<T*>(object); }

  napi_env env_;
};

}  // namespace binding

#endif  // PERCEPTRA_BINDING_WRAP_H_
