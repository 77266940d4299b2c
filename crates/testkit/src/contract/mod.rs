//! One case per promise, each a plain function, run against every adapter.

pub mod live;
pub mod mail;
pub mod queue;
pub mod store;
pub mod waiting;

/// Makes the macro `$name!(under_test)`, which expands to one test per case of `$module`.
///
/// `under_test` is an async function without arguments; what it returns is handed to each case.
macro_rules! contract {
    ($(#[$doc:meta])* $name:ident = $module:path : $($case:ident),+ $(,)?) => {
        $crate::contract::contract! { @ ($) $(#[$doc])* $name = $module : $($case),+ }
    };
    (@ ($d:tt) $(#[$doc:meta])* $name:ident = $module:path : $($case:ident),+) => {
        $(#[$doc])*
        #[macro_export]
        macro_rules! $name {
            ($d under_test:path) => {
                mod $name {
                    $(
                        #[tokio::test]
                        async fn $case() {
                            use $module as cases;
                            cases::$case($d under_test().await).await;
                        }
                    )+
                }
            };
        }
    };
}
pub(crate) use contract;
