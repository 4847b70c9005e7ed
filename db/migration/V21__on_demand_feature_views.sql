-- On-demand feature views are a kind of definition, and datasets pin them.
alter table asof.definition
    drop constraint definition_kind_check,
    add constraint definition_kind check
        (kind in ('entity', 'source', 'feature_view', 'on_demand_feature_view', 'feature_service'));

alter table asof.definition_pin
    drop constraint definition_pin_kind_check,
    add constraint definition_pin_kind check
        (kind in ('feature_view', 'on_demand_feature_view', 'feature_service'));
